/** One of the course notes whose sections algorithms and experiments name. */
export interface CourseNote {
  readonly author: string;
  readonly title: string;
}

/** The course notes by the letter that stands for each: "H 2.10" is section 2.10 of Ibn Hamid's. `docs/guides/sources.md` tells more. */
export const COURSE_NOTES: Readonly<Record<string, CourseNote>> = {
  H: { author: "Jubayer Ibn Hamid", title: "Deep Reinforcement Learning" },
  W: { author: "Chen-Yu Wei", title: "Approximate Policy Iteration and Policy-Based Learning Methods" },
  J: { author: "Ashkan Jasour", title: "Deep Reinforcement Learning: Key Concepts and Summary" },
  L: { author: "Shuai Li", title: "Lecture 9: Deep Reinforcement Learning" },
  C: {
    author: "author not named in it",
    title: "chapters 3–5: Policy-based Methods, Actor-Critic Methods, Model-Based Reinforcement Learning",
  },
};

/** "H 2.10 (Jubayer Ibn Hamid, Deep Reinforcement Learning), L (…)": each letter spelled out where it first stands. */
export function spelledNotes(notes: readonly string[]): string {
  const said = new Set<string>();
  return notes
    .map((section) => {
      const letter = letterOf(section);
      if (letter === undefined || said.has(letter)) return section;
      said.add(letter);
      const { author, title } = COURSE_NOTES[letter];
      return `${section} (${author}, ${title})`;
    })
    .join("; ");
}

/** "H" of "H 2.10" and of "beside H 4.2"; `undefined` where no note is named. */
export function letterOf(section: string): string | undefined {
  const letter = /(?:^|\s)([A-Z])(?=\s|$)/.exec(section)?.[1];
  return letter !== undefined && Object.hasOwn(COURSE_NOTES, letter) ? letter : undefined;
}
