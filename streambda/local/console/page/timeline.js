// One invocation's timeline: title, facts, drawing with a cursor, failure, log, event and response.

import { createCopyButton } from "./copy-button.js";
import { createHtml, createSvg } from "./dom.js";
import { formatBytes, formatCount, formatDuration } from "./format.js";
import { findLongestGap, totalBytes, totalChunks } from "./invocation.js";
import { createSendAgainButton } from "./send-again-button.js";
import { nameEndpointKind } from "./send-targets.js";
import { HEIGHT, createLayout, drawCursor, drawTimeline } from "./timeline-drawing.js";

// The chunk that a key leads to.
const KEYS = {
  ArrowRight: (current, last) => Math.min(current + 1, last),
  ArrowLeft: (current) => Math.max(current - 1, 0),
  Home: () => 0,
  End: (_, last) => last,
};

export class Timeline {
  #invocation;
  #layout;
  #cursor = -1; // which chunk
  #shownLines = 0;
  #drawing = createSvg("svg", { role: "slider", tabindex: 0 });
  #facts = createHtml("dl", { class: "facts" });
  #readout = createHtml("p", { class: "readout" });
  #failure = createHtml("p", { class: "failure", role: "alert" });
  #lines = createHtml("ol", { class: "lines", tabindex: 0, "aria-label": "Log" });
  #response = createHtml("pre");
  #event = createHtml("pre");

  constructor({ summary: { request_id: id, function: name, title, endpoint } }) {
    this.element = createHtml(
      "article",
      { class: "timeline", "data-invocation": id, "aria-label": `${name} ${title}` },
      createHtml("div", { class: "line" },
        createHtml("h3", {}, `${name} `, createHtml("code", { title }, shorten(title)),
          createHtml("span", {}, nameEndpointKind(endpoint))),
        createHtml("div", { class: "line" },
          createSendAgainButton(id), createCopyButton("curl", id), createCopyButton("boto3", id))),
      this.#facts, this.#drawing, this.#readout, this.#failure, this.#lines,
      createHtml("div", { class: "documents" },
        createHtml("details", {}, createHtml("summary", {}, "Head of the response"), this.#response),
        createHtml("details", {}, createHtml("summary", {}, "Event"), this.#event)),
    );
    this.#drawing.addEventListener("keydown", (event) => this.#moveByKey(event));
    this.#drawing.addEventListener("pointermove", (event) => this.#moveByPointer(event));
  }

  draw(invocation, maxMs) {
    this.#invocation = invocation;
    const width = this.#drawing.clientWidth || 600;
    const { end } = invocation;
    this.#layout = createLayout(invocation, width, maxMs);
    this.#drawing.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.#drawing.classList.toggle("bad", Boolean(end && end.outcome !== "completed"));
    this.#drawing.replaceChildren(...drawTimeline(invocation, this.#layout), ...this.#drawCursor());
    this.#updateFacts(invocation);
    this.#updateDocuments(invocation);
    this.#updateLog(invocation);
    this.#updateReadout();
  }

  #updateFacts(invocation) {
    const { summary, started, coldStart } = invocation;
    const gap = findLongestGap(invocation);
    const facts = {
      state: summary.outcome,
      status: summary.status,
      environment: started && `after ${formatDuration(started.at_ms)}`,
      "cold start": coldStart && `init ${formatDuration(coldStart.init_ms)}`,
      "first byte": formatDuration(summary.first_byte_ms),
      "longest gap": gap && formatDuration(gap.ms),
      duration: formatDuration(summary.ended_ms),
      body: `${formatBytes(totalBytes(summary))} in ${formatCount(totalChunks(summary), "chunk")}`,
    };
    const known = Object.entries(facts).filter(([, value]) => value);
    this.#facts.replaceChildren(
      ...known.map(([name, value]) =>
        createHtml("div", { class: name === "state" ? `outcome-${value}` : null },
          createHtml("dt", {}, name), createHtml("dd", {}, String(value)))),
    );
  }

  #updateDocuments(invocation) {
    setText(this.#event, indentJson(invocation.began?.event ?? ""));
    setText(this.#response, describeHead(invocation));
    const failures = [
      invocation.invalidPrelude?.reason, ...invocation.remarks.map(({ text }) => text),
      describeFailure(invocation.end ?? {}),
    ];
    setText(this.#failure, failures.filter(Boolean).join("\n"));
    this.#failure.hidden = !this.#failure.textContent;
  }

  #updateLog({ logs }) {
    for (const { at_ms, text } of logs.slice(this.#shownLines))
      this.#lines.append(
        createHtml("li", {},
          createHtml("span", {}, formatDuration(at_ms)), createHtml("code", {}, text)));
    this.#shownLines = logs.length;
    this.#lines.hidden = !logs.length;
  }

  #moveByKey(event) {
    const move = KEYS[event.key];
    const { chunks } = this.#invocation;
    if (!move || !chunks.length) return;
    event.preventDefault();
    this.#setCursor(move(this.#cursor, chunks.length - 1));
  }

  #moveByPointer(event) {
    const x = event.clientX - this.#drawing.getBoundingClientRect().left;
    const distance = ({ at_ms }) => Math.abs(this.#layout.x(at_ms) - x);
    const { chunks } = this.#invocation;
    let nearest = -1;
    chunks.forEach((chunk, n) => {
      if (nearest < 0 || distance(chunk) < distance(chunks[nearest])) nearest = n;
    });
    this.#setCursor(nearest);
  }

  #setCursor(cursor) {
    this.#cursor = cursor;
    this.#drawing.querySelector(".cursor")?.remove();
    this.#drawing.append(...this.#drawCursor());
    this.#updateReadout();
  }

  #drawCursor() {
    const chunk = this.#invocation.chunks[this.#cursor];
    return chunk ? [drawCursor(chunk, this.#layout)] : [];
  }

  #updateReadout() {
    const { chunks, summary } = this.#invocation;
    const chunk = chunks[this.#cursor];
    const text = chunk
      ? `chunk ${this.#cursor + 1} of ${chunks.length}: ${formatDuration(chunk.at_ms)}, ` +
        `${formatBytes(chunk.bytes)}, ${JSON.stringify(chunk.first)}`
      : chunks.length ? "The left and right arrow keys move through the chunks." : "";
    setText(this.#readout, text);
    const attributes = {
      "aria-label": `Chunks of ${summary.function}`, "aria-valuemin": 0,
      "aria-valuemax": chunks.length, "aria-valuenow": this.#cursor + 1, "aria-valuetext": text,
    };
    for (const [name, value] of Object.entries(attributes)) this.#drawing.setAttribute(name, value);
  }
}

const MAX_TITLE = 200;

// An address may have thousands of characters; its tooltip and the event show them all.
const shorten = (title) => (title.length > MAX_TITLE ? `${title.slice(0, MAX_TITLE)}…` : title);

// Does not touch a text that is the same: what the reader has selected stays selected.
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function describeHead({ response, prelude, answered }) {
  const lines = [];
  if (response) lines.push(`${response.content_type} (from the runtime)`);
  if (prelude) {
    lines.push(`${prelude.status}`, ...prelude.headers.map((pair) => pair.join(": ")));
    lines.push(...prelude.cookies.map((cookie) => `set-cookie: ${cookie}`));
  }
  if (answered) lines.push(`${answered.status} (from the endpoint)`);
  return lines.join("\n");
}

function describeFailure({ code, details, trailers }) {
  if (!code) return null;
  return [trailers && "in the trailers", code, details && describeDetails(details)]
    .filter(Boolean).join(": ");
}

function describeDetails(details) {
  try {
    const { errorType, errorMessage } = JSON.parse(details);
    return [errorType, errorMessage].filter(Boolean).join(": ");
  } catch {
    return details;
  }
}

function indentJson(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
