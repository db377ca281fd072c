// Text reaches the page through textContent only, whatever a sample contains.
const NAMESPACE = "http://www.w3.org/2000/svg";

function element(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

function drawing(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS(NAMESPACE, tag), attributes, children);
}

function furnish(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children); // strings become text nodes, never markup
  return node;
}

const counted = (number) => number.toLocaleString("en");

// "rgb(r, g, b)" of a computed style as three numbers of 0 to 1.
function channels(color) {
  const [r, g, b] = (color.match(/[\d.]+/g) ?? [128, 128, 128]).map(Number);
  return [r / 255, g / 255, b / 255];
}
