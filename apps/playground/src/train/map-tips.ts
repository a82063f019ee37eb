/** Shows what a cell of the library's maps says (`data-tip`, or the values of a canvas) beside the pointer. */
export function watchTips(place: HTMLElement): () => void {
  const box = document.createElement("div");
  box.className = "tip cell";
  box.hidden = true;
  document.body.append(box);
  const show = (lines: readonly string[], { clientX, clientY }: PointerEvent) => {
    box.replaceChildren(
      ...lines.map((line, i) => {
        const row = document.createElement(i === 0 ? "b" : "div");
        row.textContent = line;
        return row;
      }),
    );
    box.hidden = false;
    const right = clientX + box.offsetWidth + 24 > innerWidth;
    box.style.left = `${right ? clientX - box.offsetWidth - 12 : clientX + 14}px`;
    box.style.top = `${Math.min(clientY + 14, innerHeight - box.offsetHeight - 8)}px`;
  };
  const move = (event: PointerEvent) => {
    const target = event.target as HTMLElement;
    const cell = target.closest<HTMLElement>("[data-tip]");
    if (cell) show(cell.dataset.tip!.split("|"), event);
    else if (target instanceof HTMLCanvasElement && target.dataset.values) {
      const { width, height } = target;
      const column = Math.min(width - 1, Math.floor((event.offsetX / target.clientWidth) * width));
      const row = Math.min(height - 1, Math.floor((event.offsetY / target.clientHeight) * height));
      const value = target.dataset.values.split(",")[row * width + column];
      show([`row ${row + 1}, column ${column + 1}`, value === "" ? "no state here" : value], event);
    } else box.hidden = true;
  };
  const leave = () => {
    box.hidden = true;
  };
  place.addEventListener("pointermove", move);
  place.addEventListener("pointerleave", leave);
  return () => {
    box.remove();
    place.removeEventListener("pointermove", move);
    place.removeEventListener("pointerleave", leave);
  };
}

/** Large maps come as levels of colour, one pixel a cell. */
export function paintMaps(place: HTMLElement): void {
  for (const canvas of place.querySelectorAll<HTMLCanvasElement>("canvas.heat-map")) {
    const { width, height } = canvas;
    const { colours = "", levels = "" } = canvas.dataset;
    const context = canvas.getContext("2d")!;
    const image = context.createImageData(width, height);
    levels.split(",").forEach((text, i) => {
      const level = Number(text);
      if (level < 0) return;
      const colour = Number.parseInt(colours.slice(6 * level, 6 * level + 6), 16);
      image.data.set([colour >> 16, (colour >> 8) & 255, colour & 255, 255], 4 * i);
    });
    context.putImageData(image, 0, 0);
  }
}
