// A button that copies the command which starts an invocation again.

import { announce } from "./announcements.js";
import { loadInvocation } from "./api.js";
import { createHtml } from "./dom.js";

const MESSAGE_MS = 1500;

export function createCopyButton(kind, id) {
  const label = `Copy as ${kind}`;
  const attributes = { type: "button", "data-command": kind, onclick: copy };
  const button = createHtml("button", attributes, label);
  return button;

  async function copy() {
    try {
      // A promise: some browsers allow copying only in the very moment of the click.
      const text = loadCommand(kind, id).then((found) => new Blob([found], { type: "text/plain" }));
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]);
      showMessage("Copied");
    } catch (error) {
      showMessage("Not copied");
      announce(`Not copied: ${error.message}`);
    }
  }

  function showMessage(message) {
    button.textContent = message;
    announce(`${message}: ${kind}`);
    setTimeout(() => (button.textContent = label), MESSAGE_MS);
  }
}

async function loadCommand(kind, id) {
  const { commands } = await loadInvocation(id);
  if (!commands) throw new Error("the event is too long and was not recorded whole");
  return commands[kind];
}
