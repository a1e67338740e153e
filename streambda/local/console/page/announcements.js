// What a screen reader says as it happens: beginnings, first bytes and ends, not every chunk.

import { find } from "./dom.js";
import { formatBytes, formatCount, formatDuration } from "./format.js";
import { totalBytes, totalChunks } from "./invocation.js";

const TEXTS = {
  began: ({ summary }) => `${summary.function} ${summary.title} has begun`,
  chunk: ({ summary }) =>
    summary.chunks === 1 &&
    `${summary.function}: first byte after ${formatDuration(summary.first_byte_ms)}`,
  ended: ({ summary }) =>
    `${summary.function}: ${summary.outcome} after ${formatDuration(summary.ended_ms)}, ` +
    `${formatCount(totalChunks(summary), "chunk")}, ${formatBytes(totalBytes(summary))}`,
};

export function announceEvent({ invocation, event }) {
  const text = TEXTS[event.kind]?.(invocation);
  if (text) announce(text);
}

export function announce(text) {
  find("announcements").textContent = text;
}
