// Draws one run: time to the right, bytes upwards, a mark for each chunk. No state of its own.

import { svg } from "./dom.js";
import { bytes, duration } from "./format.js";
import { allBytes, longestGap, reached, running } from "./run.js";
import { round, scale, ticks } from "./scale.js";

export const HEIGHT = 176;
const LEFT = 56;
const RIGHT = 24;
const TOP = 44; // three lines of labels: prelude, first byte, end
const FLOOR = 140;
const LOG = 168;

// A silence worth naming: a tenth of the time, or more.
const LONG_GAP = 0.1;

// Where the marks are; `mostMs` is the same for all runs that are shown.
export function frame(run, width, mostMs) {
  const mostBytes = round(Math.max(allBytes(run.summary), 1));
  return {
    width, mostMs, mostBytes,
    x: scale(mostMs, LEFT, width - RIGHT), y: scale(mostBytes, FLOOR, TOP),
  };
}

export function draw(run, at) {
  return [
    ...axes(at), ...wait(run, at), ...prelude(run, at), ...steps(run, at), ...gap(run, at),
    ...chunks(run, at), ...firstByte(run, at), ...logs(run, at), ...end(run, at),
  ];
}

function axes({ x, y, width, mostMs, mostBytes }) {
  const columns = ticks(mostMs, Math.max(2, width / 130)).flatMap((ms) => [
    svg("line", { class: "grid", x1: x(ms), x2: x(ms), y1: TOP, y2: FLOOR + 4 }),
    text(x(ms), FLOOR + 15, tick(ms), ms === 0 ? "start" : "middle"),
  ]);
  const rows = ticks(mostBytes, 2).flatMap((size) => [
    svg("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(size), y2: y(size) }),
    text(LEFT - 6, y(size) + 4, bytes(size), "end"),
  ]);
  return [...columns, ...rows];
}

// Round numbers need no digits behind the point but those that they have.
function tick(ms) {
  const [value, unit] = ms < 1000 ? [ms, "ms"] : [ms / 1000, "s"];
  return ms === 0 ? "0" : `${Number(value.toFixed(3))} ${unit}`;
}

function wait(run, { x }) {
  const until = run.started?.at_ms ?? (running(run) && !run.chunks.length ? reached(run) : null);
  if (until === null) return [];
  const width = Math.max(0, x(until) - LEFT);
  const band = svg("rect", { class: "wait", x: LEFT, y: TOP, width, height: FLOOR - TOP });
  band.append(svg("title", {}, `${duration(until)} until an environment took it`));
  if (width < 76) return [band];
  return [band, text(LEFT + 4, FLOOR - 5, run.coldStart ? "cold start" : "environment", "start")];
}

function prelude(run, at) {
  if (!run.prelude) return [];
  const x = at.x(run.prelude.at_ms);
  const words = `prelude ${run.prelude.status}, ${bytes(run.prelude.bytes)}`;
  return [rule("prelude", x, 4), label(at, x, 13, words)];
}

function firstByte(run, at) {
  const { first_byte_ms } = run.summary;
  if (first_byte_ms === null) return [];
  const x = at.x(first_byte_ms);
  const words = `first byte ${duration(first_byte_ms)}`;
  return [rule("first-byte", x, 18), label(at, x, 27, words, "strong")];
}

function end(run, at) {
  if (!run.end) return [rule("now", at.x(reached(run)), TOP)];
  const x = at.x(run.end.at_ms);
  const trailers = run.end.trailers ? ", trailers" : "";
  const words = `${ENDS[run.end.outcome]} ${duration(run.end.at_ms)}${trailers}`;
  return [rule("end", x, 32), label(at, x, 41, words, "end-label")];
}

const ENDS = { completed: "end", failed: "failed", "timed-out": "timed out" };

function steps(run, { x, y }) {
  if (!run.chunks.length) return [];
  const path = run.chunks.map(({ at_ms, total }) => `H${x(at_ms)}V${y(total)}`);
  const { beyond } = run;
  if (beyond?.bytes) path.push(`L${x(beyond.at_ms)} ${y(run.summary.bytes + beyond.bytes)}`);
  path.push(`H${x(reached(run))}`);
  return [svg("path", { class: "steps", d: `M${x(run.chunks[0].at_ms)} ${y(0)}${path.join("")}` })];
}

function chunks(run, { x, y }) {
  return run.chunks.map(({ at_ms, total }, n) =>
    svg("circle", {
      class: n === 0 ? "chunk first" : "chunk", "data-chunk": n + 1,
      cx: x(at_ms), cy: y(total), r: n === 0 ? 3.5 : 2.5,
    }),
  );
}

function gap(run, at) {
  const found = longestGap(run);
  if (!found || found.ms < LONG_GAP * reached(run)) return [];
  const [from, to] = [at.x(found.before.at_ms), at.x(found.after.at_ms)];
  if (to - from < 72) return [];
  // Above the line is room, unless the line is at the top.
  const level = at.y(found.before.total);
  const y = level - TOP > 24 ? level - 7 : level + 9;
  const ends = `M${from + 5} ${y - 3}v6M${to - 5} ${y - 3}v6M${from + 5} ${y}H${to - 5}`;
  const middle = (from + to) / 2;
  return [
    svg("path", { class: "gap", d: ends }),
    text(middle, y > level ? y + 13 : y - 4, `gap ${duration(found.ms)}`, "middle", "strong"),
  ];
}

function logs(run, { x, mostMs }) {
  if (!run.logs.length) return [];
  const marks = run.logs
    .filter(({ at_ms }) => at_ms <= mostMs)
    .map(({ at_ms }) => svg("line", { class: "log", x1: x(at_ms), x2: x(at_ms), y1: LOG - 6, y2: LOG }));
  return [text(LEFT - 6, LOG + 1, "log", "end"), ...marks];
}

const rule = (kind, x, from) => svg("line", { class: kind, x1: x, x2: x, y1: from, y2: FLOOR });

// Beside its line: to the right, or to the left where the right has no room.
function label(at, x, y, words, kind) {
  const left = x + words.length * 6 > at.width - RIGHT;
  return text(left ? x - 4 : x + 4, y, words, left ? "end" : "start", kind);
}

const text = (x, y, words, anchor, kind) =>
  svg("text", { x, y, "text-anchor": anchor, class: kind }, words);
