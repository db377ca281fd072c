// Keeps one text in this browser, and tells it to a session that does not know it yet.
export default function ({ data, setTriggerValue }) {
  try {
    if (data.text) localStorage.setItem(data.name, data.text);
    else if (data.forget) localStorage.removeItem(data.name);
    else {
      const known = localStorage.getItem(data.name);
      if (known) setTriggerValue("text", known);
    }
  } catch (error) {
    // A browser may forbid storage: then the text is asked for in every session.
    console.debug("PASER keeps nothing in this browser:", error);
  }
}
