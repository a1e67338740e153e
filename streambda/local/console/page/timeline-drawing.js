// Draws one timeline: time to the right, bytes upwards, a mark for each chunk. Has no state.

import { createScale, listTicks, roundUp } from "./axis.js";
import { createSvg } from "./dom.js";
import { formatBytes, formatDuration } from "./format.js";
import { elapsedMs, findLongestGap, isRunning, totalBytes } from "./invocation.js";

export const HEIGHT = 176;
const LEFT = 56;
const RIGHT = 24;
const TOP = 44; // three lines of labels: prelude, first byte, end
const FLOOR = 140;
const LOG = 168;

// Nobody needs an axis with half a byte.
const LEAST_BYTES = 10;

// A gap has a label if it is at least this part of the whole time.
const LONG_GAP = 0.1;

// Where the marks are; `maxMs` is the same for all timelines that are shown.
export function createLayout(invocation, width, maxMs) {
  const maxBytes = roundUp(Math.max(totalBytes(invocation.summary), LEAST_BYTES));
  return {
    width, maxMs, maxBytes,
    x: createScale(maxMs, LEFT, width - RIGHT), y: createScale(maxBytes, FLOOR, TOP),
  };
}

export function drawTimeline(invocation, layout) {
  return [
    ...drawAxes(layout), ...drawWait(invocation, layout), ...drawPrelude(invocation, layout),
    ...drawBytes(invocation, layout), ...drawGap(invocation, layout),
    ...drawChunks(invocation, layout), ...drawFirstByte(invocation, layout),
    ...drawLog(invocation, layout), ...drawEnd(invocation, layout),
  ];
}

export function drawCursor(chunk, { x, y }) {
  const [x1, y1] = [x(chunk.at_ms), y(chunk.total)];
  return createSvg("line", { class: "cursor", x1, x2: x1, y1, y2: FLOOR });
}

function drawAxes({ x, y, width, maxMs, maxBytes }) {
  const columns = listTicks(maxMs, Math.max(2, width / 130)).flatMap((ms) => [
    createSvg("line", { class: "grid", x1: x(ms), x2: x(ms), y1: TOP, y2: FLOOR + 4 }),
    drawText(x(ms), FLOOR + 15, formatTick(ms), ms === 0 ? "start" : "middle"),
  ]);
  const rows = listTicks(maxBytes, 2).flatMap((size) => [
    createSvg("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(size), y2: y(size) }),
    drawText(LEFT - 6, y(size) + 4, formatBytes(size), "end"),
  ]);
  return [...columns, ...rows];
}

// Round numbers need no digits behind the point but those that they have.
function formatTick(ms) {
  const [value, unit] = ms < 1000 ? [ms, "ms"] : [ms / 1000, "s"];
  return ms === 0 ? "0" : `${Number(value.toFixed(3))} ${unit}`;
}

// The wait for an execution environment, as a band.
function drawWait(invocation, { x }) {
  const waiting = isRunning(invocation) && !invocation.chunks.length;
  const until = invocation.started?.at_ms ?? (waiting ? elapsedMs(invocation) : null);
  if (until === null) return [];
  const width = Math.max(0, x(until) - LEFT);
  const band = createSvg("rect", { class: "wait", x: LEFT, y: TOP, width, height: FLOOR - TOP });
  band.append(createSvg("title", {}, `${formatDuration(until)} until an environment took it`));
  if (width < 76) return [band];
  const name = invocation.coldStart ? "cold start" : "environment";
  return [band, drawText(LEFT + 4, FLOOR - 5, name, "start")];
}

function drawPrelude({ prelude }, layout) {
  if (!prelude) return [];
  const x = layout.x(prelude.at_ms);
  const text = `prelude ${prelude.status}, ${formatBytes(prelude.bytes)}`;
  return [drawRule("prelude", x, 4), drawLabel(layout, x, 13, text)];
}

function drawFirstByte({ summary }, layout) {
  if (summary.first_byte_ms === null) return [];
  const x = layout.x(summary.first_byte_ms);
  const text = `first byte ${formatDuration(summary.first_byte_ms)}`;
  return [drawRule("first-byte", x, 18), drawLabel(layout, x, 27, text, "strong")];
}

const END_LABELS = { completed: "end", failed: "failed", "timed-out": "timed out" };

function drawEnd(invocation, layout) {
  const { end } = invocation;
  if (!end) return [drawRule("now", layout.x(elapsedMs(invocation)), TOP)];
  const x = layout.x(end.at_ms);
  const trailers = end.trailers ? ", trailers" : "";
  const text = `${END_LABELS[end.outcome]} ${formatDuration(end.at_ms)}${trailers}`;
  return [drawRule("end", x, 32), drawLabel(layout, x, 41, text, "end-label")];
}

// The bytes so far, as steps.
function drawBytes(invocation, { x, y }) {
  const { chunks, unrecorded, summary } = invocation;
  if (!chunks.length) return [];
  const path = chunks.map(({ at_ms, total }) => `H${x(at_ms)}V${y(total)}`);
  if (unrecorded?.bytes)
    path.push(`L${x(unrecorded.at_ms)} ${y(summary.bytes + unrecorded.bytes)}`);
  path.push(`H${x(elapsedMs(invocation))}`);
  const d = `M${x(chunks[0].at_ms)} ${y(0)}${path.join("")}`;
  return [createSvg("path", { class: "steps", d })];
}

function drawChunks({ chunks }, { x, y }) {
  return chunks.map(({ at_ms, total }, n) =>
    createSvg("circle", {
      class: n === 0 ? "chunk first" : "chunk", "data-chunk": n + 1,
      cx: x(at_ms), cy: y(total), r: n === 0 ? 3.5 : 2.5,
    }),
  );
}

function drawGap(invocation, { x, y }) {
  const gap = findLongestGap(invocation);
  if (!gap || gap.ms < LONG_GAP * elapsedMs(invocation)) return [];
  const [from, to] = [x(gap.before.at_ms), x(gap.after.at_ms)];
  if (to - from < 72) return [];
  // Above the line there is room, unless the line is at the top.
  const level = y(gap.before.total);
  const height = level - TOP > 24 ? level - 7 : level + 9;
  const left = `M${from + 5} ${height - 3}v6`;
  const right = `M${to - 5} ${height - 3}v6`;
  const d = `${left}${right}M${from + 5} ${height}H${to - 5}`;
  const textY = height > level ? height + 13 : height - 4;
  const text = `gap ${formatDuration(gap.ms)}`;
  return [
    createSvg("path", { class: "gap", d }),
    drawText((from + to) / 2, textY, text, "middle", "strong"),
  ];
}

function drawLog({ logs }, { x, maxMs }) {
  if (!logs.length) return [];
  const marks = logs
    .filter(({ at_ms }) => at_ms <= maxMs)
    .map(({ at_ms }) => x(at_ms))
    .map((x1) => createSvg("line", { class: "log", x1, x2: x1, y1: LOG - 6, y2: LOG }));
  return [drawText(LEFT - 6, LOG + 1, "log", "end"), ...marks];
}

const drawRule = (kind, x, from) =>
  createSvg("line", { class: kind, x1: x, x2: x, y1: from, y2: FLOOR });

// Beside its rule: to the right, or to the left where the right has no room.
function drawLabel(layout, x, y, text, kind) {
  const left = x + text.length * 6 > layout.width - RIGHT;
  return drawText(left ? x - 4 : x + 4, y, text, left ? "end" : "start", kind);
}

const drawText = (x, y, text, anchor, kind) =>
  createSvg("text", { x, y, "text-anchor": anchor, class: kind }, text);
