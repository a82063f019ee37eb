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
  const drawn = [];

  function tooltip(series) {
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
          head.textContent = "step " + u.data[0][idx].toLocaleString("en");
          box.append(head);
          series.forEach((s, i) => {
            const v = u.data[i + 1][idx];
            if (v == null) return;
            const row = document.createElement("span");
            row.style.setProperty("--c", css("--series-" + (i % 8)));
            row.textContent = (series.length > 1 ? s.label + "  " : "") + full(v);
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

  function reference(line) {
    return {
      hooks: {
        draw: (u) => {
          if (!line) return;
          const y = u.valToPos(line.value, "y", true), { ctx, bbox } = u, px = devicePixelRatio;
          if (y < bbox.top || y > bbox.top + bbox.height) return;
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
    const series = chart.series.filter((s) => s.steps.length > 0);
    place.replaceChildren();
    if (series.length === 0) { place.textContent = "No values yet."; place.classList.add("empty"); return; }
    const data = uPlot.join(series.map((s) => [s.steps, s.values]));
    const axis = { stroke: css("--muted"), font: "11px system-ui, sans-serif", grid: { stroke: css("--grid"), width: 1 }, ticks: { show: false } };
    const range = (u, low, high) => {
      if (chart.reference) { low = Math.min(low, chart.reference.value); high = Math.max(high, chart.reference.value); }
      const pad = (high - low || Math.abs(high) || 1) * 0.08;
      return [low >= 0 && low - pad < 0 ? 0 : low - pad, high + pad];
    };
    const plot = new uPlot({
      width: place.clientWidth,
      height,
      padding: [10, 20, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: true, y: false }, points: { size: 6 } },
      scales: { x: { time: false }, y: { range } },
      axes: [
        { ...axis, grid: { show: false }, space: small ? 60 : 80, size: 28, values: (u, ticks) => ticks.map(short) },
        { ...axis, space: small ? 28 : 40, size: 48, values: (u, ticks) => ticks.map(short) },
      ],
      series: [{}, ...series.map((s, i) => {
        const colour = css("--series-" + (i % 8));
        return {
          label: s.label, stroke: colour, fillTo: (u) => u.scales.y.min, width: small ? 1.5 : 2, spanGaps: true, points: { show: s.steps.length === 1 },
          fill: series.length > 1 || small ? undefined : (u) => {
            const { ctx, bbox } = u;
            if (!Number.isFinite(bbox.top + bbox.height)) return "transparent";
            const shade = ctx.createLinearGradient(0, bbox.top, 0, bbox.top + bbox.height);
            shade.addColorStop(0, colour + "2e");
            shade.addColorStop(1, colour + "00");
            return shade;
          },
        };
      })],
      plugins: [tooltip(series), reference(chart.reference)],
    }, data, place);
    plot.place = place;
    return plot;
  }

  function drawAll() {
    for (const plot of drawn.splice(0)) plot.destroy();
    for (const place of document.querySelectorAll("[data-chart]")) {
      const plot = draw(place);
      if (plot) drawn.push(plot);
    }
  }

  drawAll();
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
