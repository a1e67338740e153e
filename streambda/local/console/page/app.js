// Puts the parts together: feed -> store -> list and lanes; form -> an endpoint.

import { loadFunctions } from "./api.js";
import { find } from "./dom.js";
import { watch } from "./feed.js";
import { startForm } from "./form.js";
import { showFunctions } from "./functions.js";
import { Lanes } from "./lanes.js";
import { List } from "./list.js";
import { tellOf } from "./news.js";
import { Store } from "./store.js";

// How often a running invocation's time goes on while nothing else happens.
const LIVE_MS = 200;

const store = new Store();
const list = new List(find("list"), store);
const lanes = new Lanes(find("lanes"), store);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let asked = false;

// Many events, one drawing.
function draw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    find("follow").checked = store.follow;
    list.draw();
    lanes.draw();
  });
}

store.addEventListener("change", draw);
store.addEventListener("news", ({ detail }) => tellOf(detail));
find("follow").addEventListener("change", ({ target }) => store.followNewest(target.checked));
setInterval(() => !calm.matches && lanes.live && draw(), LIVE_MS);

const STATES = { live: "live", lost: "connection lost, trying again" };

watch(store, (state) => {
  find("connection").textContent = STATES[state];
  find("connection").classList.toggle("lost", state === "lost");
});

const everything = await loadFunctions();
showFunctions(everything);
startForm(everything, () => store.followNewest(true));
