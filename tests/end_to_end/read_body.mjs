// Reads the body of an address as Node's own fetch gives it: one line of JSON for each thing seen.

const tell = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);

const response = await fetch(process.argv[2]);
tell({
  status: response.status,
  type: response.headers.get("content-type"),
  custom: response.headers.get("x-custom"),
  cookies: response.headers.getSetCookie(),
});

const text = new TextDecoder();
try {
  for await (const part of response.body) tell({ part: text.decode(part, { stream: true }) });
  tell({ end: true });
} catch (error) {
  tell({ error: error.name, message: error.message });
}
