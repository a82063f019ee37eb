import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";

/** Pixels between an explanation and the edge of the window. */
const EDGE = 12;

/** Words with an explanation that shows on hover and on focus, and is read with them. */
export function Hint({ text, children, wide }: { text: string; children: ComponentChildren; wide?: boolean }) {
  const id = useId();
  const box = useRef<HTMLSpanElement>(null);
  /** Where it would be cut off at the right it moves to the left. */
  const place = () => {
    const element = box.current;
    if (!element) return;
    element.style.removeProperty("--shift");
    const over = element.getBoundingClientRect().right + EDGE - document.documentElement.clientWidth;
    element.style.setProperty("--shift", `${-Math.max(0, Math.ceil(over))}px`);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the explanation is put where it fits
    // biome-ignore lint/a11y/noNoninteractiveTabindex: focus is how the explanation is reached without a pointer
    <span class="hint" tabIndex={0} aria-describedby={id} onPointerEnter={place} onFocus={place}>
      {children}
      <span ref={box} class={wide ? "hint-text wide" : "hint-text"} role="tooltip" id={id}>
        {text}
      </span>
    </span>
  );
}
