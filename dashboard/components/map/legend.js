// What the colors mean. A click shows one entry alone; Ctrl or Shift and a click adds another.
// Where the page filters by it, a click is told to Python, which says what is pressed.
class Legend {
  // `isolated` is a Set of colors kept by the caller; empty shows all.
  constructor(holder, onChange, onPick) { Object.assign(this, { holder, onChange, onPick, entries: [] }); }

  load({ palette, legend, scale, measure }, isolated, filters) {
    Object.assign(this, { isolated, filters });
    const labels = JSON.stringify(legend.map((entry) => entry[0]));
    if (isolated.labels !== labels) isolated.clear();
    isolated.labels = labels;
    this.holder.replaceChildren();
    this.holder.classList.toggle("long", legend.length > 8);
    if (scale) {
      const bar = element("div");
      bar.style.background = `linear-gradient(90deg, ${palette.slice(0, measure?.[3]).join(",")})`;
      this.holder.append(element("div", { class: "scale" }, element("span", {}, scale[0]), bar, element("span", {}, scale[1])));
    }
    this.numbers = [];
    this.entries = legend.map(([label, color, count], i) => {
      const dot = element("i");
      dot.style.background = color;
      const number = element("span", {}, counted(count));
      const title = `${label}: ${filters ? "list" : "show"} only these ${filters ? "samples" : "points"} (Ctrl adds)`;
      const button = element("button", { type: "button", title },
        dot, element("b", {}, label), number);
      this.numbers.push([number, count]);
      button.addEventListener("click", (event) => {
        const also = event.ctrlKey || event.metaKey || event.shiftKey;
        if (filters) this.onPick(i, also);
        else this.toggle(i, also);
      });
      this.holder.append(button);
      return button;
    });
    this.press();
  }

  toggle(i, also) {
    const { isolated } = this, had = isolated.has(i), alone = had && isolated.size === 1;
    if (!also) isolated.clear();
    if (also && had) isolated.delete(i);
    else if (!alone) isolated.add(i);
    this.press();
    this.onChange();
  }

  // What the page is filtered by.
  mark(pressed) {
    if (!this.filters) return;
    this.entries.forEach((button, i) => button.setAttribute("aria-pressed", String(pressed.includes(i))));
    this.holder.classList.toggle("narrowed", pressed.length > 0);
  }

  press() {
    this.entries.forEach((button, i) => button.setAttribute("aria-pressed", String(this.isolated.has(i))));
    this.holder.classList.toggle("narrowed", this.isolated.size > 0);
  }

  // Beside each entry how many of its points stand out; `standing`, by color, is null where all do.
  tell(standing) {
    const shown = this.shown();
    this.numbers.forEach(([number, count], i) => {
      const text = standing && shown[i] ? `${counted(standing[i])} of ${counted(count)}` : counted(count);
      if (number.textContent !== text) number.textContent = text;
    });
  }

  // A byte per color: 1 where its points are shown.
  shown() {
    const result = new Uint8Array(256).fill(this.isolated?.size ? 0 : 1);
    for (const color of this.isolated ?? []) result[color] = 1;
    return result;
  }
}
