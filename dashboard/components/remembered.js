// Keeps one text in this browser, or in this tab of it, and tells it to a session that does not know
// it yet.
export default function ({ data, setTriggerValue }) {
  try {
    const store = data.tab ? sessionStorage : localStorage;
    if (data.text) store.setItem(data.name, data.text);
    else if (data.forget) store.removeItem(data.name);
    else {
      const known = store.getItem(data.name);
      if (known) setTriggerValue("text", known);
    }
  } catch (error) {
    // A browser may forbid storage: then the text is asked for in every session.
    console.debug("PASER keeps nothing in this browser:", error);
  }
}
