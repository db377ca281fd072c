// What the wheel does over a picture in a page. With Ctrl or ⌘, or after a press into the picture and
// until the pointer leaves it, it zooms; otherwise it scrolls the page as everywhere else, and a line
// says how to zoom.
const WHEEL_HINT = `${/Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl"} + wheel zooms; so does the wheel alone after a click in here`;
const HINT_STAYS = 1500; // milliseconds
const NOTCH = 40; // pixels of one movement that count: a mouse sends a hundred at once

class Wheel {
  // `zoom` gets a factor and the event.
  constructor(target, frame, zoom) {
    this.held = false;
    this.hint = element("div", { class: "wheel", "aria-hidden": "true", hidden: "" }, WHEEL_HINT);
    frame.append(this.hint);
    target.addEventListener("pointerdown", () => { this.held = true; this.hint.hidden = true; });
    target.addEventListener("pointerleave", () => { this.held = false; });
    target.addEventListener("wheel", (event) => this.turn(event, zoom), { passive: false });
  }

  turn(event, zoom) {
    const asked = event.ctrlKey || event.metaKey;
    if (!asked && !this.held) {
      this.hint.hidden = false;
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => { this.hint.hidden = true; }, HINT_STAYS);
      return;
    }
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    // A pinch on a touch pad arrives as a small wheel movement with Ctrl.
    const pinch = asked ? Math.sign(pixels) * Math.min(NOTCH, Math.abs(pixels)) * 0.01 : pixels * 0.0015;
    zoom(Math.exp(-pinch), event);
  }
}
