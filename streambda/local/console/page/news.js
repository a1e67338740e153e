// What a screen reader is told as it happens: beginnings, first bytes and ends, not every chunk.

import { find } from "./dom.js";
import { bytes, count, duration } from "./format.js";
import { allBytes, allChunks } from "./run.js";

const WORDS = {
  began: ({ summary }) => `${summary.function} ${summary.title} has begun`,
  chunk: ({ summary }) =>
    summary.chunks === 1 && `${summary.function}: first byte after ${duration(summary.first_byte_ms)}`,
  ended: ({ summary }) =>
    `${summary.function}: ${summary.outcome} after ${duration(summary.ended_ms)}, ` +
    `${count(allChunks(summary), "chunk")}, ${bytes(allBytes(summary))}`,
};

export function tellOf({ run, event }) {
  const words = WORDS[event.kind]?.(run);
  if (words) tell(words);
}

export function tell(words) {
  find("news").textContent = words;
}
