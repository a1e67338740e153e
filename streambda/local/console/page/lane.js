// One run on the page: title, facts, drawing, a cursor on its chunks, failure, log, documents.

import { copyButton } from "./copy.js";
import { html, svg } from "./dom.js";
import { bytes, count, duration } from "./format.js";
import { allBytes, allChunks, longestGap } from "./run.js";
import { endpointName } from "./targets.js";
import { HEIGHT, draw, frame } from "./timeline.js";

// Which chunk a key leads to.
const KEYS = {
  ArrowRight: (at, last) => Math.min(at + 1, last),
  ArrowLeft: (at) => Math.max(at - 1, 0),
  Home: () => 0,
  End: (_, last) => last,
};

export class Lane {
  #run;
  #at;
  #cursor = -1;
  #loggedLines = 0;
  #picture = svg("svg", { role: "slider", tabindex: 0 });
  #facts = html("dl", { class: "facts" });
  #readout = html("p", { class: "readout" });
  #failure = html("p", { class: "failure", role: "alert" });
  #lines = html("ol", { class: "lines", tabindex: 0, "aria-label": "Log" });
  #head = html("pre");
  #event = html("pre");

  constructor(run) {
    const { request_id, function: name, title, endpoint } = run.summary;
    this.element = html(
      "article", { class: "lane", "data-run": request_id, "aria-label": `${name} ${title}` },
      html("div", { class: "line" },
        html("h3", {}, `${name} `, html("code", {}, title), html("span", {}, endpointName(endpoint))),
        html("div", { class: "line" },
          copyButton("curl", request_id), copyButton("boto3", request_id))),
      this.#facts, this.#picture, this.#readout, this.#failure, this.#lines,
      html("div", { class: "documents" },
        html("details", {}, html("summary", {}, "Head of the response"), this.#head),
        html("details", {}, html("summary", {}, "Event"), this.#event)),
    );
    this.#picture.addEventListener("keydown", (event) => this.#key(event));
    this.#picture.addEventListener("pointermove", (event) => this.#point(event));
  }

  draw(run, mostMs) {
    this.#run = run;
    const width = this.#picture.clientWidth || 600;
    this.#at = frame(run, width, mostMs);
    this.#picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.#picture.classList.toggle("bad", Boolean(run.end && run.end.outcome !== "completed"));
    this.#picture.replaceChildren(...draw(run, this.#at), ...this.#cursorLine());
    this.#fillFacts(run);
    this.#fillDocuments(run);
    this.#fillLog(run);
    this.#read();
  }

  #fillFacts(run) {
    const { summary } = run;
    const gap = longestGap(run);
    const facts = {
      state: summary.outcome,
      status: summary.status,
      environment: run.started && `after ${duration(run.started.at_ms)}`,
      "cold start": run.coldStart && `init ${duration(run.coldStart.init_ms)}`,
      "first byte": summary.first_byte_ms === null ? null : duration(summary.first_byte_ms),
      "longest gap": gap && duration(gap.ms),
      duration: duration(summary.ended_ms),
      body: `${bytes(allBytes(summary))} in ${count(allChunks(summary), "chunk")}`,
    };
    const told = Object.entries(facts).filter(([, value]) => value);
    this.#facts.replaceChildren(
      ...told.map(([name, value]) =>
        html("div", { class: name === "state" ? `outcome-${value}` : null },
          html("dt", {}, name), html("dd", {}, String(value)))),
    );
  }

  #fillDocuments(run) {
    setText(this.#event, pretty(run.began?.event ?? ""));
    setText(this.#head, headText(run));
    setText(this.#failure, [run.badPrelude?.reason, failureText(run.end ?? {})]
      .filter(Boolean).join("\n"));
    this.#failure.hidden = !this.#failure.textContent;
  }

  #fillLog(run) {
    for (const { at_ms, text } of run.logs.slice(this.#loggedLines))
      this.#lines.append(html("li", {}, html("span", {}, duration(at_ms)), html("code", {}, text)));
    this.#loggedLines = run.logs.length;
    this.#lines.hidden = !run.logs.length;
  }

  #key(event) {
    const move = KEYS[event.key];
    if (!move || !this.#run.chunks.length) return;
    event.preventDefault();
    this.#put(move(this.#cursor, this.#run.chunks.length - 1));
  }

  #point(event) {
    const x = event.clientX - this.#picture.getBoundingClientRect().left;
    const away = ({ at_ms }) => Math.abs(this.#at.x(at_ms) - x);
    const { chunks } = this.#run;
    let nearest = -1;
    chunks.forEach((one, n) => {
      if (nearest < 0 || away(one) < away(chunks[nearest])) nearest = n;
    });
    this.#put(nearest);
  }

  #put(cursor) {
    this.#cursor = cursor;
    this.#picture.querySelector(".cursor")?.remove();
    this.#picture.append(...this.#cursorLine());
    this.#read();
  }

  #cursorLine() {
    const chunk = this.#run.chunks[this.#cursor];
    if (!chunk) return [];
    const x = this.#at.x(chunk.at_ms);
    return [svg("line", { class: "cursor", x1: x, x2: x, y1: this.#at.y(chunk.total), y2: HEIGHT - 36 })];
  }

  #read() {
    const { chunks, summary } = this.#run;
    const chunk = chunks[this.#cursor];
    const words = chunk
      ? `chunk ${this.#cursor + 1} of ${chunks.length}: ${duration(chunk.at_ms)}, ` +
        `${bytes(chunk.bytes)}, ${JSON.stringify(chunk.first)}`
      : chunks.length ? "Left and right arrow keys walk through the chunks." : "";
    setText(this.#readout, words);
    const values = {
      "aria-label": `Chunks of ${summary.function}`, "aria-valuemin": 0,
      "aria-valuemax": chunks.length, "aria-valuenow": this.#cursor + 1, "aria-valuetext": words,
    };
    for (const [name, value] of Object.entries(values)) this.#picture.setAttribute(name, value);
  }
}

// Left alone when it is the same: a selection of the reader's stays.
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function headText({ head, prelude }) {
  const lines = [];
  if (head) lines.push(`${head.content_type} (from the runtime)`);
  if (prelude) {
    lines.push(`${prelude.status}`, ...prelude.headers.map((pair) => pair.join(": ")));
    lines.push(...prelude.cookies.map((cookie) => `set-cookie: ${cookie}`));
  }
  return lines.join("\n");
}

function failureText({ code, details, trailers }) {
  if (!code) return null;
  return [trailers && "in the trailers", code, details && sentence(details)]
    .filter(Boolean).join(": ");
}

function sentence(details) {
  try {
    const { errorType, errorMessage } = JSON.parse(details);
    return [errorType, errorMessage].filter(Boolean).join(": ");
  } catch {
    return details;
  }
}

function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
