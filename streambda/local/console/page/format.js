// Numbers as people read them: three digits, and a unit.

export function formatBytes(count) {
  if (count < 1000) return `${count} B`;
  const [size, unit] = count < 1e6 ? [count / 1e3, "kB"] : [count / 1e6, "MB"];
  return `${formatDigits(size)} ${unit}`;
}

export function formatDuration(ms) {
  if (ms === null || ms === undefined) return "";
  return ms < 1000 ? `${formatDigits(ms)} ms` : `${formatDigits(ms / 1000)} s`;
}

export function formatTime(epochMs) {
  return new Date(epochMs).toLocaleTimeString("en-GB");
}

export const formatCount = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

function formatDigits(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
