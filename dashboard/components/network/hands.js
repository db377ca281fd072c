// What hands do: pointer, wheel and keys, turned into calls on the network.
const STILL = 4; // pixels that a click may move

class Hands {
  constructor(network) {
    this.network = network;
    this.drag = null;
    const on = (type, handle, options) => network.svg.addEventListener(type, handle, options);
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", () => { this.drag = null; });
    on("pointerleave", () => { if (!this.drag) network.point(null); });
    on("dblclick", (event) => { if (!network.picture.at(...this.pixel(event))) network.reset(); });
    new Wheel(network.svg, network.frame, (factor, event) => network.zoom(factor, ...this.pixel(event)));
    on("keydown", (event) => this.key(event));
    on("focusin", (event) => network.focus(event.target));
    on("focusout", () => network.point(null));
  }

  pixel(event) {
    const box = this.network.svg.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event) {
    if (this.drag || event.button !== 0) return;
    const at = this.pixel(event);
    this.network.svg.setPointerCapture(event.pointerId);
    this.drag = { from: at, last: at, moved: false };
  }

  move(event) {
    const { drag, network } = this, [x, y] = this.pixel(event);
    if (!drag) return network.point(network.picture.at(x, y), x, y);
    drag.moved ||= Math.hypot(x - drag.from[0], y - drag.from[1]) > STILL;
    if (!drag.moved) return;
    network.point(null);
    network.plane.pan(x - drag.last[0], y - drag.last[1]);
    drag.last = [x, y];
    network.draw();
  }

  up(event) {
    const { drag, network } = this;
    this.drag = null;
    if (drag && !drag.moved) network.open(network.picture.at(...this.pixel(event)));
  }

  key(event) {
    const { network } = this, { plane } = network, middle = [plane.width / 2, plane.height / 2];
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (way) network.step(...way);
    else if (event.key === "Enter") network.open({ node: network.focused });
    else if (event.key === " ") network.connect(network.focused);
    else if (event.key === "+" || event.key === "=") network.zoom(1.25, ...middle);
    else if (event.key === "-") network.zoom(1 / 1.25, ...middle);
    else if (event.key === "0") network.reset();
    else return;
    event.preventDefault();
  }
}
