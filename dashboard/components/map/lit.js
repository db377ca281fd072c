// The line of a table under the pointer lights its point, and a point under the pointer its line. Python
// leaves beside such a table which point each line has; lines are as high as Streamlit's grid makes them.
const LINE = 35, NO_POINT = -1;

class Lit {
  constructor(map) {
    Object.assign(this, { map, place: NO_POINT });
    this.line = element("div", { class: "paser-lit-line", "aria-hidden": "true", hidden: "" });
    Object.assign(this.line.style, { position: "fixed", pointerEvents: "none", zIndex: 5, background: "rgba(128, 128, 128, .28)" });
    document.body.append(this.line);
    this.moved = (event) => this.light(this.pointed(event));
    this.left = () => this.show(NO_POINT);
    document.addEventListener("pointermove", this.moved, { passive: true });
    document.addEventListener("scroll", this.left, { passive: true, capture: true });
  }

  get name() { return this.map.place.parts.points?.header.map; }

  // The point of the line that an event is on.
  pointed({ target, clientY }) {
    const frame = target.closest?.('[data-testid="stDataFrame"]'), places = frame && this.placesOf(frame);
    if (!places) return NO_POINT;
    const line = Math.floor((clientY - this.topOf(frame)) / LINE);
    return clientY < frame.getBoundingClientRect().top + LINE ? NO_POINT : places[line] ?? NO_POINT;
  }

  light(place) {
    if (place === this.place) return;
    this.place = place;
    if (this.map.layer) this.map.mark();
  }

  // A point is pointed at (or none): its line, if one is in sight. Wherever the page moves the table meanwhile.
  show(place) {
    cancelAnimationFrame(this.next);
    const on = this.lineOf(place);
    this.line.hidden = !on;
    if (!on) return;
    Object.assign(this.line.style, { left: `${on.left}px`, width: `${on.width}px`, top: `${on.top}px`, height: `${LINE}px` });
    this.next = requestAnimationFrame(() => this.show(place));
  }

  // Where the line of a point is on the screen; null: nowhere.
  lineOf(place) {
    if (place < 0) return null;
    for (const frame of document.querySelectorAll('[data-testid="stDataFrame"]')) {
      const line = this.placesOf(frame)?.indexOf(place) ?? -1;
      if (line < 0) continue;
      const { left, width, top: above, bottom } = frame.getBoundingClientRect(), top = this.topOf(frame) + line * LINE;
      if (top >= above + LINE - 1 && top + LINE <= bottom + 1) return { left, width, top };
    }
    return null;
  }

  // Where the first line of a table is, on the screen; above its head once it has been scrolled.
  topOf(frame) {
    return frame.getBoundingClientRect().top + LINE - (frame.querySelector(".dvn-scroller")?.scrollTop ?? 0);
  }

  placesOf(frame) {
    const told = frame.closest('[data-testid="stElementContainer"]')?.previousElementSibling?.querySelector("[data-paser-map]");
    if (told?.dataset.paserMap !== this.name) return null;
    return told.dataset.paserPlaces.split(" ").map(Number);
  }

  stop() {
    cancelAnimationFrame(this.next);
    document.removeEventListener("pointermove", this.moved);
    document.removeEventListener("scroll", this.left, { capture: true });
    this.line.remove();
  }
}
