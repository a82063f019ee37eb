import { linearTicks, logRange, logTicks, MAX_DECADES, powerOfTen } from "./axis.js";

/** What runs in the page: draws every chart with uPlot, in the colours of the theme, and redraws when theme or width change. */
export const CHART_SCRIPT = `
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const short = (v) => {
    const a = Math.abs(v);
    if (a >= 1e6) return +(v / 1e6).toPrecision(3) + "M";
    if (a >= 1e4) return +(v / 1e3).toPrecision(3) + "k";
    if (a !== 0 && a < 1e-3) return v.toExponential(0);
    return String(+v.toPrecision(4));
  };
  const full = (v) => {
    const a = Math.abs(v);
    return a !== 0 && a < 1e-3 ? v.toExponential(2) : (+v.toPrecision(5)).toLocaleString("en");
  };
  const logRange = ${logRange}, logTicks = ${logTicks}, linearTicks = ${linearTicks}, powerOfTen = ${powerOfTen};
  const drawn = [];

  function tooltip(chart, series) {
    const box = document.createElement("div");
    box.className = "tip";
    return {
      hooks: {
        init: (u) => { u.over.append(box); box.hidden = true; },
        setCursor: (u) => {
          const { idx, left } = u.cursor;
          if (idx == null || left < 0) { box.hidden = true; return; }
          box.replaceChildren();
          const head = document.createElement("b");
          const number = (v, log) => full(log ? powerOfTen(v) : v);
          head.textContent = chart.xLabel + " " + number(u.data[0][idx], chart.xLog);
          box.append(head);
          series.forEach((s) => {
            const v = u.data[s.at][idx];
            if (v == null) return;
            const row = document.createElement("span");
            row.style.setProperty("--c", css(s.colour));
            const interval = s.low ? "  [" + number(u.data[s.at + 1][idx], chart.yLog) + ", " + number(u.data[s.at + 2][idx], chart.yLog) + "]" : "";
            row.textContent = (series.length > 1 ? s.label + "  " : "") + number(v, chart.yLog) + interval;
            box.append(row);
          });
          box.hidden = false;
          const right = left > u.over.clientWidth / 2;
          box.style.left = right ? "auto" : left + 12 + "px";
          box.style.right = right ? u.over.clientWidth - left + 12 + "px" : "auto";
        },
      },
    };
  }

  function reference(line, log) {
    return {
      hooks: {
        draw: (u) => {
          if (!line) return;
          const y = u.valToPos(log ? Math.log10(line.value) : line.value, "y", true), { ctx, bbox } = u, px = devicePixelRatio;
          if (!(y >= bbox.top && y <= bbox.top + bbox.height)) return;
          ctx.save();
          ctx.strokeStyle = ctx.fillStyle = css("--muted");
          ctx.setLineDash([4 * px, 4 * px]);
          ctx.lineWidth = px;
          ctx.beginPath();
          ctx.moveTo(bbox.left, y);
          ctx.lineTo(bbox.left + bbox.width, y);
          ctx.stroke();
          ctx.font = 11 * px + "px system-ui, sans-serif";
          ctx.textAlign = "left";
          ctx.fillText(line.label, bbox.left + 6 * px, y + (y - bbox.top < 20 * px ? 14 : -5) * px);
          ctx.restore();
        },
      },
    };
  }

  function draw(place) {
    const chart = charts[place.dataset.chart], height = +place.dataset.height, small = height < 200;
    const series = chart.series.filter((s) => s.x.length > 0);
    place.replaceChildren();
    if (series.length === 0) { place.textContent = "No values yet."; place.classList.add("empty"); return; }
    // Logarithmic axes are linear ones of the powers of ten.
    const placed = (values, log) => (log ? values.map(Math.log10) : values);
    const data = uPlot.join(series.map((s) => [placed(s.x, chart.xLog), ...(s.low ? [s.y, s.low, s.high] : [s.y]).map((v) => placed(v, chart.yLog))]));
    let columns = 1; // where each line is in the data: its low and high ends follow it
    for (const s of series) {
      s.at = columns;
      columns += s.low ? 3 : 1;
    }
    const axis = { stroke: css("--muted"), font: "11px system-ui, sans-serif", grid: { stroke: css("--grid"), width: 1 }, ticks: { show: false } };
    const range = (u, low, high) => {
      if (low === null) return [0, 1];
      if (chart.reference) { low = Math.min(low, chart.reference.value); high = Math.max(high, chart.reference.value); }
      const pad = (high - low || Math.abs(high) || 1) * 0.08;
      return [low >= 0 && low - pad < 0 ? 0 : low - pad, high + pad];
    };
    const rangeOfPowers = (u, low, high) => (low === null ? [-1, 1] : logRange(low, high, ${MAX_DECADES}));
    const lines = series.filter((s) => !s.reference).length;
    const power = (v) => {
      const value = powerOfTen(v);
      return Number.isInteger(v) && (v < -3 || v >= 6) ? "1e" + v : short(value);
    };
    const named = (log, most) => ({
      incrs: (u, axis, from, to) => [Math.max(5, to - from)], // the ticks are our own
      splits: (u, axis, from, to) => (log ? logTicks : linearTicks)(from, to, most(u)),
      values: (u, ticks) => ticks.map(log ? power : short),
    });
    const across = (u) => Math.max(2, Math.floor(u.bbox.width / devicePixelRatio / (small ? 60 : 90)));
    const upwards = () => (small ? 4 : 6);
    const label = (text, size) => text && !small ? { label: text, labelSize: size, labelFont: "12px system-ui, sans-serif", labelGap: 0 } : {};
    const plot = new uPlot({
      width: place.clientWidth,
      height,
      padding: [10, 20, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: true, y: false }, points: { size: 6 } },
      scales: {
        x: chart.xLog ? { time: false, range: rangeOfPowers } : { time: false },
        y: { range: chart.yLog ? rangeOfPowers : range },
      },
      axes: [
        { ...axis, size: 28, ...named(chart.xLog, across), grid: { show: false }, ...label(chart.yLabel && chart.xLabel, 20) },
        { ...axis, size: 48, ...named(chart.yLog, upwards), ...label(chart.yLabel, 18) },
      ],
      bands: series.filter((s) => s.low).map((s) => ({ series: [s.at + 2, s.at + 1], fill: css(s.colour) + (series.length > 4 ? "1f" : "2b") })),
      series: [{}, ...series.flatMap((s) => {
        const colour = css(s.colour);
        const edge = { label: "", width: 0, spanGaps: true, points: { show: false } };
        const line = {
          label: s.label, stroke: colour, fillTo: (u) => u.scales.y.min, width: s.reference ? 1.5 : small ? 1.5 : 2, dash: s.dash, spanGaps: true, points: { show: s.x.length === 1 },
          fill: lines > 1 || s.reference || s.low || small || chart.yLog ? undefined : (u) => {
            const { ctx, bbox } = u;
            if (!Number.isFinite(bbox.top + bbox.height)) return "transparent";
            const shade = ctx.createLinearGradient(0, bbox.top, 0, bbox.top + bbox.height);
            shade.addColorStop(0, colour + "2e");
            shade.addColorStop(1, colour + "00");
            return shade;
          },
        };
        return s.low ? [line, edge, edge] : [line];
      })],
      plugins: [tooltip(chart, series), reference(chart.reference, chart.yLog)],
    }, data, place);
    plot.place = place;
    place.setAttribute("aria-label", place.dataset.chart + ": latest " + series.slice(0, 8).map((s) => (series.length > 1 ? s.label + " " : "") + full(s.y[s.y.length - 1])).join(", "));
    return plot;
  }

  function drawAll() {
    for (const plot of drawn.splice(0)) plot.destroy();
    for (const place of document.querySelectorAll("[data-chart]")) {
      const plot = draw(place);
      if (plot) drawn.push(plot);
    }
  }

  function cellTips() {
    const box = document.createElement("div");
    box.className = "tip cell";
    box.hidden = true;
    document.body.append(box);
    const show = (lines, { clientX, clientY }) => {
      box.replaceChildren(...lines.map((line, i) => {
        const row = document.createElement(i === 0 ? "b" : "div");
        row.textContent = line;
        return row;
      }));
      box.hidden = false;
      const right = clientX + box.offsetWidth + 24 > innerWidth;
      box.style.left = (right ? clientX - box.offsetWidth - 12 : clientX + 14) + "px";
      box.style.top = Math.min(clientY + 14, innerHeight - box.offsetHeight - 8) + "px";
    };
    for (const svg of document.querySelectorAll(".map svg")) {
      svg.addEventListener("pointermove", (event) => {
        const cell = event.target.closest("[data-tip]");
        if (cell) show(cell.dataset.tip.split("|"), event);
        else box.hidden = true;
      });
      svg.addEventListener("pointerleave", () => (box.hidden = true));
    }
    for (const canvas of document.querySelectorAll("canvas.heat-map")) {
      const { width, height } = canvas, context = canvas.getContext("2d"), image = context.createImageData(width, height);
      const levels = canvas.dataset.levels.split(","), values = canvas.dataset.values.split(",");
      const colours = canvas.dataset.colours;
      levels.forEach((level, i) => {
        if (level < 0) return;
        for (let c = 0; c < 3; c++) image.data[4 * i + c] = parseInt(colours.slice(6 * level + 2 * c, 6 * level + 2 * c + 2), 16);
        image.data[4 * i + 3] = 255;
      });
      context.putImageData(image, 0, 0);
      canvas.addEventListener("pointermove", (event) => {
        const column = Math.min(width - 1, Math.floor((event.offsetX / canvas.clientWidth) * width));
        const row = Math.min(height - 1, Math.floor((event.offsetY / canvas.clientHeight) * height));
        const value = values[row * width + column];
        show(["row " + (row + 1) + ", column " + (column + 1), value === "" ? "no state here" : value], event);
      });
      canvas.addEventListener("pointerleave", () => (box.hidden = true));
    }
  }

  drawAll();
  cellTips();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  addEventListener("resize", () => {
    for (const plot of drawn) plot.setSize({ width: plot.place.clientWidth, height: +plot.place.dataset.height });
  });
  for (const button of document.querySelectorAll("[data-copy]"))
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.previousElementSibling.textContent);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 1200);
    });
})();
`;
