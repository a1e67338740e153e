// What the page asks of the control port. An error is the server's own sentence.

export const loadFunctions = () => read("/api/functions");

export const loadInvocation = (id) => read(`/api/invocations/${encodeURIComponent(id)}`);

export const invoke = (order) =>
  read("/api/invoke", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(order),
  });

async function read(path, options) {
  const answer = await fetch(path, options);
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.error);
  return document;
}
