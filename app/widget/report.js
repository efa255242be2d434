// Sends the form of the page in the background. Without this file the form works as well: the
// browser then shows the server's own page of thanks.
(() => {
  "use strict";

  const part = (form, name) => (form.elements.namedItem(name)?.value ?? "").trim();

  function comments(form, id) {
    const asked = [...form.querySelectorAll("textarea")];
    const shared = { response_id: id, page: location.pathname };
    if (part(form, "service")) shared.service = part(form, "service");
    return asked
      .filter((box) => box.value.trim())
      .map((box) => ({
        ...shared,
        comment: box.value.trim(),
        question: form.querySelector(`label[for="${box.id}"]`).textContent.trim(),
      }));
  }

  const made = (name, text, more = {}) =>
    Object.assign(document.createElement(name), { textContent: text }, more);

  // What was told before is taken back before something is told anew.
  function clear(form) {
    form.querySelector(".feedback-report-problem")?.remove();
    for (const field of form.querySelectorAll(".feedback-report-field.is-wrong")) {
      field.classList.remove("is-wrong");
      field.querySelector(".feedback-report-error").remove();
      const box = field.querySelector("textarea");
      box.removeAttribute("aria-invalid");
      box.setAttribute("aria-describedby", "feedback-report-warning");
    }
  }

  function mark(form, box, message) {
    const error = made("p", "", { id: `${box.id}-error`, className: "feedback-report-error" });
    error.append(`${form.dataset.error} ${message}`);
    box.before(error);
    box.setAttribute("aria-invalid", "true");
    box.setAttribute("aria-describedby", `feedback-report-warning ${error.id}`);
    box.parentElement.classList.add("is-wrong");
  }

  // Told at the top, with a way to the answer that it is about, and beside that answer.
  function tell(form, message, box = null) {
    clear(form);
    const told = document.createElement("p");
    if (box) {
      mark(form, box, message);
      const link = made("a", message, { href: `#${box.id}` });
      link.addEventListener("click", (event) => { event.preventDefault(); box.focus(); });
      told.append(link);
    } else {
      told.textContent = message;
    }
    const summary = made("div", "", { className: "feedback-report-problem", tabIndex: -1 });
    summary.setAttribute("role", "alert");
    summary.append(made("h2", form.dataset.problem), told);
    form.prepend(summary);
    summary.focus();
  }

  // Says what is wrong with the answers, if something is.
  function check(form) {
    const boxes = [...form.querySelectorAll("textarea")];
    const long = boxes.find((box) => box.value.trim().length > Number(form.dataset.most));
    if (long) return tell(form, form.dataset.long, long), false;
    if (boxes.every((box) => !box.value.trim())) return tell(form, form.dataset.empty, boxes.at(-1)), false;
    return true;
  }

  function thank(form) {
    const title = made("h2", form.dataset.thanks, { tabIndex: -1 });
    const text = made("p", form.dataset.thanksMore);
    form.replaceChildren(title, text);
    title.focus();
  }

  async function send(form, id) {
    const answer = await fetch(new URL("/v1/feedback", form.action), {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Authorization: `Bearer ${part(form, "key")}`,
        "Idempotency-Key": id,
      },
      body: JSON.stringify(comments(form, id)),
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
    if (answer.status !== 202) throw new Error(String(answer.status));
  }

  const newId = () =>
    [...crypto.getRandomValues(new Uint8Array(16))]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");

  for (const form of document.querySelectorAll(".feedback-report form")) {
    let id = newId();
    form.addEventListener("input", () => { id = newId(); });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      if (button.getAttribute("aria-disabled") === "true" || !check(form)) return;
      clear(form);
      button.setAttribute("aria-disabled", "true");
      try {
        await send(form, id);
        thank(form);
      } catch {
        button.removeAttribute("aria-disabled");
        tell(form, form.dataset.failed);
      }
    });
  }
})();
