// Creates elements without markup in strings: what a function sends is text here, never HTML.

const SVG = "http://www.w3.org/2000/svg";

export const find = (id) => document.getElementById(id);

export const createHtml = (name, attributes, ...children) =>
  fillElement(document.createElement(name), attributes, children);

export const createSvg = (name, attributes, ...children) =>
  fillElement(document.createElementNS(SVG, name), attributes, children);

function fillElement(element, attributes = {}, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
