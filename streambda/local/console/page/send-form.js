// The form that sends an event through an endpoint.

import { invoke } from "./api.js";
import { createHtml, find } from "./dom.js";
import { listTargetGroups } from "./send-targets.js";

export function startSendForm(content, onSend) {
  const targets = fillTargetMenu(content);
  const select = () => fillFields(targets[find("target").value]);
  find("target").addEventListener("change", select);
  select();
  const form = find("form");
  // Wherever the focus is: look at an invocation, send again.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onSend();
    submit(targets[find("target").value]);
  });
}

function fillTargetMenu(content) {
  const all = [];
  for (const { title, targets } of listTargetGroups(content)) {
    const options = targets.map((target) => {
      all.push(target);
      return createHtml("option", { value: all.length - 1 }, target.label);
    });
    find("target").append(createHtml("optgroup", { label: title }, ...options));
  }
  return all;
}

function fillFields(target) {
  // Lambda's API takes the event itself: method, path and headers are fixed.
  for (const id of ["request", "headers-label"]) find(id).hidden = Boolean(target.event);
  find("body-label").textContent = target.event ? "Event (JSON)" : "Body";
  find("method").value = target.method;
  find("path").value = target.path;
}

async function submit(target) {
  showResult("sending");
  try {
    const request = {
      endpoint: target.endpoint,
      method: target.event ? target.method : find("method").value,
      path: target.event ? target.path : find("path").value,
      headers: target.event ? [] : parseHeaders(find("headers").value),
      body: find("body").value,
    };
    const { status, body } = await invoke(request);
    const failed = status >= 400;
    showResult(`answered ${status}${failed && body ? `: ${body}` : ""}`, failed);
  } catch (error) {
    showResult(error.message, true);
  }
}

function parseHeaders(text) {
  return text.split("\n").filter((line) => line.trim()).map((line) => {
    const [name, ...value] = line.split(":");
    if (!value.length) throw new Error(`header ${line.trim()} has no colon, expected name: value`);
    return [name.trim(), value.join(":").trim()];
  });
}

function showResult(text, bad = false) {
  find("result").textContent = text;
  find("result").classList.toggle("bad", bad);
}
