// What hands do: pointer, wheel and keys, turned into calls on the map.
const STILL = 4; // pixels that a click may move
const DEGREES = 0.4; // a pixel of dragging turns the map by
const STEP = { pixels: 40, degrees: 5, zoom: 1.25 };

class Gestures {
  constructor(map) {
    this.map = map;
    this.drag = null;
    const { canvas } = map.panel;
    const on = (type, handle, options) => canvas.addEventListener(type, handle, options);
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", () => this.cancel());
    on("pointerleave", () => { if (!this.drag) map.panel.hideTip(); map.lit.left(); });
    on("contextmenu", (event) => event.preventDefault()); // the right button moves the map
    on("dblclick", (event) => { if (map.pick(...this.pixel(event)) < 0) map.reset(); });
    new Wheel(canvas, map.panel.frame, (factor, event) => {
      map.view.zoomBy(factor, ...this.pixel(event));
      map.draw();
    });
    on("keydown", (event) => this.key(event));
    on("blur", () => map.aim(false));
  }

  pixel(event) {
    const box = this.map.panel.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  kind(event) {
    if (event.button !== 0 || event.altKey || event.ctrlKey || event.metaKey) return "pan";
    if (event.shiftKey) return "lasso";
    if (this.map.tool !== "move") return this.map.tool;
    return this.map.view.deep ? "turn" : "pan";
  }

  down(event) {
    if (this.drag || !this.map.ready) return;
    const at = this.pixel(event);
    event.currentTarget.setPointerCapture(event.pointerId);
    const { yaw, pitch } = this.map.view.place;
    this.drag = { kind: this.kind(event), button: event.button, from: at, last: at, moved: false, yaw, pitch, path: [at] };
  }

  move(event) {
    const { drag, map } = this, [x, y] = this.pixel(event);
    if (!drag) return map.hover(x, y);
    map.panel.hideTip();
    const [fromX, fromY] = drag.from;
    drag.moved ||= Math.abs(x - fromX) + Math.abs(y - fromY) > STILL;
    if (!drag.moved) return;
    if (drag.kind === "turn") map.view.turn(drag.yaw - (x - fromX) * DEGREES, drag.pitch + (y - fromY) * DEGREES);
    else if (drag.kind === "pan") map.view.pan(x - drag.last[0], y - drag.last[1]);
    else {
      if (drag.kind === "box") drag.path = [[fromX, fromY], [x, fromY], [x, y], [fromX, y]];
      else drag.path.push([x, y]);
      return map.sketch(drag.path);
    }
    drag.last = [x, y];
    map.draw();
  }

  up(event) {
    const { drag, map } = this;
    this.drag = null;
    if (!drag) return;
    if (!drag.moved) {
      if (drag.button === 0) map.click(...this.pixel(event));
    } else if (drag.kind === "lasso" || drag.kind === "box") map.enclose(drag.path);
  }

  cancel() {
    if (!this.drag) return;
    this.drag = null;
    this.map.sketch(null);
  }

  key(event) {
    const { map } = this, { view } = map, middle = [view.width / 2, view.height / 2];
    const [right, up] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [];
    if (event.ctrlKey || event.metaKey || event.altKey || !map.ready) return;
    if (right !== undefined && view.deep && !event.shiftKey) {
      view.turn(view.place.yaw + right * STEP.degrees, view.place.pitch + up * STEP.degrees);
    } else if (right !== undefined) view.pan(-right * STEP.pixels, up * STEP.pixels);
    else if (event.key === "+" || event.key === "=") view.zoomBy(STEP.zoom, ...middle);
    else if (event.key === "-") view.zoomBy(1 / STEP.zoom, ...middle);
    else if (event.key === "0") view.reset();
    else if (event.key === "Enter" || event.key === " ") map.click(...middle, 40);
    else if (event.key === "Escape" && this.drag) this.cancel();
    else if (event.key === "Escape" && map.lasso) map.clear();
    else {
      if (event.key === "Escape") map.aim(false);
      return;
    }
    event.preventDefault();
    event.stopPropagation(); // the page may have the key, too: Escape closes what stands beside it
    map.aim(event.key !== "Escape");
    map.draw();
  }
}
