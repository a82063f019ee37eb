import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** Words with an explanation that shows on hover and on focus, and is read with them. */
export function Hint({ text, children, wide }: { text: string; children: ComponentChildren; wide?: boolean }) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: focus is how the explanation is reached without a pointer
    <span class="hint" tabIndex={0} aria-describedby={id}>
      {children}
      <span class={wide ? "hint-text wide" : "hint-text"} role="tooltip" id={id}>
        {text}
      </span>
    </span>
  );
}
