// A button that copies the command which starts a run again.

import { loadInvocation } from "./api.js";
import { html } from "./dom.js";
import { tell } from "./news.js";

export function copyButton(kind, id) {
  const name = `Copy as ${kind}`;
  const button = html("button", { type: "button", "data-command": kind, onclick: copy }, name);
  return button;

  async function copy() {
    try {
      // A promise: some browsers allow copying only in the very moment of the click.
      const text = command(kind, id).then((found) => new Blob([found], { type: "text/plain" }));
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]);
      say("Copied");
    } catch (error) {
      say("Not copied");
      tell(`Not copied: ${error.message}`);
    }
  }

  function say(word) {
    button.textContent = word;
    tell(`${word}: ${kind}`);
    setTimeout(() => (button.textContent = name), 1500);
  }
}

async function command(kind, id) {
  const { commands } = await loadInvocation(id);
  if (!commands) throw new Error("the event is too long to have been kept");
  return commands[kind];
}
