import { darkTheme, lightTheme, type Point, type Scene, type SceneTheme } from "@advantage/envs";

/**
 * Draws a scene over the whole canvas, as large as it fits, in the middle.
 *
 * @param canvas its CSS size is the picture's; its pixels follow the screen's density
 */
export function drawScene(canvas: HTMLCanvasElement, scene: Scene, dark: boolean): void {
  const { clientWidth, clientHeight } = canvas;
  const density = devicePixelRatio || 1;
  const [width, height] = [Math.round(clientWidth * density), Math.round(clientHeight * density)];
  if (width === 0 || height === 0) return;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d")!;
  const colours = dark ? darkTheme : lightTheme;
  const colour = (name: string) => (Object.hasOwn(colours, name) ? colours[name as keyof SceneTheme] : name);
  const [left, bottom, right, top] = scene.view;
  const scale = Math.min(width / (right - left), height / (top - bottom));
  const offsetX = (width - scale * (right - left)) / 2;
  const offsetY = (height - scale * (top - bottom)) / 2;
  const x = (at: Point) => offsetX + (at[0] - left) * scale;
  const y = (at: Point) => offsetY + (top - at[1]) * scale;
  const trace = (points: readonly Point[]) => {
    context.beginPath();
    points.forEach((point, i) => {
      if (i === 0) context.moveTo(x(point), y(point));
      else context.lineTo(x(point), y(point));
    });
  };

  context.clearRect(0, 0, width, height);
  context.lineCap = context.lineJoin = "round";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const shape of scene.shapes) {
    switch (shape.kind) {
      case "line":
        trace(shape.points);
        context.strokeStyle = colour(shape.colour);
        context.lineWidth = shape.width * scale;
        context.stroke();
        break;
      case "polygon":
        trace(shape.points);
        context.closePath();
        context.fillStyle = colour(shape.fill);
        context.fill();
        break;
      case "circle":
        context.beginPath();
        context.arc(x(shape.centre), y(shape.centre), shape.radius * scale, 0, 2 * Math.PI);
        context.fillStyle = colour(shape.fill);
        context.fill();
        break;
      case "text":
        context.font = `${shape.size * scale}px system-ui, sans-serif`;
        context.fillStyle = colour(shape.colour);
        context.fillText(shape.text, x(shape.at), y(shape.at));
        break;
    }
  }
}
