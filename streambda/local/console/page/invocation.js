// One invocation as the page knows it: its summary, and its events once they are loaded.
// The events are those of streambda/local/console/timeline_events.py; invocation_summary.py counts
// in the same way.

// `next`: the number of the first event that is not here; `known`: how many events there are at
// least; `pending`: events that came while others are being loaded.
export function createInvocation(summary) {
  return {
    summary, next: 0, known: 0, loaded: false, pending: null, began: null, started: null,
    coldStart: null, response: null, prelude: null, invalidPrelude: null, chunks: [], logs: [],
    remarks: [], answered: null, unrecorded: null, end: null,
  };
}

export const missesEvents = ({ next, known }) => next < known;

export function createSummary(began) {
  return {
    request_id: began.request_id, function: began.function, endpoint: began.endpoint,
    title: began.title, started_at_ms: began.started_at_ms, status: null, first_byte_ms: null,
    ended_ms: null, outcome: "running", chunks: 0, bytes: 0, unrecorded_chunks: 0,
    unrecorded_bytes: 0,
  };
}

const COUNT = {
  chunk(summary, event) {
    summary.chunks += 1;
    summary.bytes += event.bytes;
    summary.first_byte_ms ??= event.at_ms;
  },
  unrecorded(summary, event) {
    summary.unrecorded_chunks = event.chunks;
    summary.unrecorded_bytes = event.bytes;
  },
  prelude(summary, event) {
    summary.status = event.status;
  },
  answered(summary, event) {
    summary.status = event.status;
  },
  ended(summary, event) {
    summary.outcome = event.outcome;
    summary.ended_ms = event.at_ms;
  },
};

const RECORD = {
  began: (invocation, event) => (invocation.began = event),
  started: (invocation, event) => (invocation.started = event),
  "cold-start": (invocation, event) => (invocation.coldStart = event),
  response: (invocation, event) => (invocation.response = event),
  prelude: (invocation, event) => (invocation.prelude = event),
  answered: (invocation, event) => (invocation.answered = event),
  "invalid-prelude": (invocation, event) => (invocation.invalidPrelude = event),
  chunk({ chunks }, event) {
    chunks.push({ ...event, total: (chunks.at(-1)?.total ?? 0) + event.bytes });
  },
  log: (invocation, event) => invocation.logs.push(event),
  remark: (invocation, event) => invocation.remarks.push(event),
  unrecorded: (invocation, event) => (invocation.unrecorded = event),
  ended: (invocation, event) => (invocation.end = event),
};

export function countEvent(summary, event) {
  COUNT[event.kind]?.(summary, event);
}

export function recordEvent(invocation, event) {
  RECORD[event.kind]?.(invocation, event);
}

export const totalBytes = (summary) => summary.bytes + summary.unrecorded_bytes;
export const totalChunks = (summary) => summary.chunks + summary.unrecorded_chunks;
export const isRunning = ({ summary }) => summary.outcome === "running";

// Milliseconds from its beginning to its end, or to now: the server and the browser share one clock.
export const elapsedMs = (invocation) =>
  isRunning(invocation)
    ? Math.max(0, Date.now() - invocation.summary.started_at_ms)
    : invocation.summary.ended_ms;

// The longest time between two chunks, or null.
export function findLongestGap({ chunks }) {
  let longest = null;
  for (let n = 1; n < chunks.length; n++) {
    const ms = chunks[n].at_ms - chunks[n - 1].at_ms;
    if (longest === null || ms > longest.ms) longest = { ms, before: chunks[n - 1], after: chunks[n] };
  }
  return longest;
}
