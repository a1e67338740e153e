// Puts the parts together: event stream -> store -> list and timelines; send form -> an endpoint.

import { announceEvent } from "./announcements.js";
import { loadFunctions } from "./api.js";
import { find } from "./dom.js";
import { followEvents } from "./event-stream.js";
import { showFunctions } from "./function-list.js";
import { InvocationList } from "./invocation-list.js";
import { InvocationStore } from "./invocation-store.js";
import { startSendForm } from "./send-form.js";
import { Timelines } from "./timelines.js";

// How often a running invocation is drawn while nothing else happens.
const REDRAW_MS = 200;

const store = new InvocationStore();
const list = new InvocationList(find("list"), store);
const timelines = new Timelines(find("timelines"), store);
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

let drawRequested = false;

// Many events, one drawing.
function requestDraw() {
  if (drawRequested) return;
  drawRequested = true;
  requestAnimationFrame(() => {
    drawRequested = false;
    find("follow").checked = store.follow;
    list.draw();
    timelines.draw();
  });
}

store.addEventListener("change", requestDraw);
store.addEventListener("recorded", ({ detail }) => announceEvent(detail));
find("follow").addEventListener("change", ({ target }) => store.followNewest(target.checked));
setInterval(() => !reducedMotion.matches && timelines.running && requestDraw(), REDRAW_MS);

const STATES = { live: "live", lost: "connection lost, trying again" };

followEvents(store, (state) => {
  find("connection").textContent = STATES[state];
  find("connection").classList.toggle("lost", state === "lost");
});

const content = await loadFunctions();
showFunctions(content);
list.nameFunctions(content.functions);
startSendForm(content, () => store.followNewest(true));
