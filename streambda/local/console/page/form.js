// The form that sends an event through an endpoint.

import { invoke } from "./api.js";
import { find, html } from "./dom.js";
import { targetGroups } from "./targets.js";

export function startForm(everything, onSend) {
  const targets = offer(everything);
  const choose = () => fill(targets[find("target").value]);
  find("target").addEventListener("change", choose);
  choose();
  const form = find("form");
  // Wherever the focus is: look at a run, send again.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onSend();
    submit(targets[find("target").value]);
  });
}

function offer(everything) {
  const all = [];
  for (const { title, targets } of targetGroups(everything)) {
    const options = targets.map((target) => {
      all.push(target);
      return html("option", { value: all.length - 1 }, target.label);
    });
    find("target").append(html("optgroup", { label: title }, ...options));
  }
  return all;
}

function fill(target) {
  // Lambda's API takes the event itself: there is no request to make up.
  for (const id of ["request", "headers-label"]) find(id).hidden = Boolean(target.event);
  find("body-label").textContent = target.event ? "Event (JSON)" : "Body";
  find("method").value = target.method;
  find("path").value = target.path;
}

async function submit(target) {
  say("sending");
  try {
    const order = {
      endpoint: target.endpoint,
      method: target.event ? target.method : find("method").value,
      path: target.event ? target.path : find("path").value,
      headers: target.event ? [] : headers(find("headers").value),
      body: find("body").value,
    };
    const { status, body } = await invoke(order);
    const told = status >= 400 && body ? `: ${body}` : "";
    say(`answered ${status}${told}`, status >= 400);
  } catch (error) {
    say(error.message, true);
  }
}

function headers(text) {
  return text.split("\n").filter((line) => line.trim()).map((line) => {
    const [name, ...value] = line.split(":");
    if (!value.length) throw new Error(`header ${line.trim()} has no colon, expected name: value`);
    return [name.trim(), value.join(":").trim()];
  });
}

function say(text, bad = false) {
  find("answer").textContent = text;
  find("answer").classList.toggle("bad", bad);
}
