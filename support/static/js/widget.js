/* <support-cta campaign="…" article="…" lang="…" return-to="…" currency="…">a link for pages without script</support-cta>

A form in the page itself. It asks our server for one file (the campaign), sets no cookie, stores nothing, and leaves the
page's own link in place until it has something better to show. */
(() => {
  "use strict";

  // A classic script knows its element; a module does not, but its address is on the stack.
  const source = document.currentScript?.src ?? /https?:\/\/[^\s()@]+?\/widget\.js/.exec(new Error().stack)?.[0];
  if (!source || customElements.get("support-cta")) return;

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
:host {
  display: block;
  --_accent: var(--support-accent, #0a5c4a);
  --_on-accent: var(--support-on-accent, #fff);
  --_background: var(--support-background, #f4f1ea);
  --_field: var(--support-field, #fff);
  --_text: var(--support-text, #1b1d1c);
  --_border: var(--support-border, #6f7874);
  --_error: var(--support-error, #a3180f);
}
@supports (color: light-dark(#000, #fff)) {
  :host {
    --_accent: var(--support-accent, light-dark(#0a5c4a, #7fd6bd));
    --_on-accent: var(--support-on-accent, light-dark(#fff, #06231b));
    --_background: var(--support-background, light-dark(#f4f1ea, #18211e));
    --_field: var(--support-field, light-dark(#fff, #101714));
    --_text: var(--support-text, light-dark(#1b1d1c, #eceeec));
    --_border: var(--support-border, light-dark(#6f7874, #7b8983));
    --_error: var(--support-error, light-dark(#a3180f, #ffb1a8));
  }
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
section {
  max-inline-size: var(--support-width, 44rem);
  margin-inline: auto;
  padding: clamp(1rem, 5%, 2rem);
  border-block-start: 4px solid var(--_accent);
  border-radius: var(--support-radius, 6px);
  background: var(--_background);
  color: var(--_text);
  font: 1rem/1.5 var(--support-font, system-ui, sans-serif);
  text-align: start;
  overflow-wrap: break-word;
}
h2 { margin: 0; font: 700 1.6rem/1.2 var(--support-headline-font, Georgia, "Times New Roman", serif); }
p { margin: .75rem 0 0; }
fieldset { margin: 1.25rem 0 0; border: 0; padding: 0; min-inline-size: 0; }
legend, .label { padding: 0; font-size: .875rem; font-weight: 600; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; margin-block-start: .375rem; }
.option { position: relative; flex: 1 1 auto; min-inline-size: 3.75rem; display: grid; }
.option input { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; margin: 0; opacity: 0; cursor: pointer; }
.option span, .field {
  display: grid; place-items: center; min-block-size: 2.75rem; padding: .375rem .625rem; text-align: center;
  border: 1px solid var(--_border); border-radius: var(--support-radius, 6px); background: var(--_field);
}
.option :checked + span { border-color: var(--_accent); background: var(--_accent); color: var(--_on-accent); font-weight: 600; }
.field { inline-size: 100%; color: inherit; font: inherit; text-align: start; }
.pair { display: flex; flex-wrap: wrap; gap: .5rem; margin-block-start: 1.25rem; }
.pair > div { flex: 1 1 9rem; max-inline-size: 20rem; }
.pair .field { margin-block-start: .375rem; }
.pair p { margin-block-start: .25rem; }
button {
  inline-size: 100%; min-block-size: 3rem; margin-block-start: 1.25rem; padding: .5rem 1.5rem; cursor: pointer;
  border: 1px solid transparent; border-radius: var(--support-radius, 6px);
  background: var(--_accent); color: var(--_on-accent); font: inherit; font-weight: 600;
}
button:hover { filter: brightness(1.08); }
.option :focus-visible + span, .field:focus-visible, button:focus-visible, a:focus-visible {
  outline: 3px solid var(--_accent); outline-offset: 2px;
}
.renewal { min-block-size: 1.5em; }
.error { color: var(--_error); font-weight: 600; }
.error:empty { margin: 0; }
[aria-invalid=true] { border-color: var(--_error); }
.note { font-size: .875rem; }
a { color: var(--_accent); text-underline-offset: .15em; }
.note > * { display: inline-block; margin-inline-end: .75rem; padding-block: .125rem; }
@media (prefers-reduced-motion: no-preference) { .option span, button { transition: background-color .15s, filter .15s; } }
@media (forced-colors: active) {
  section, button { border: 1px solid; }
  .option :checked + span { forced-color-adjust: none; background: Highlight; color: HighlightText; border-color: Highlight; }
  .option :focus-visible + span, .field:focus-visible, button:focus-visible, a:focus-visible { outline-color: Highlight; }
}
@media print { :host { display: none; } }
`);

  const make = (tag, properties = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in element) element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };

  const hidden = (name, value) => make("input", { type: "hidden", name, value });

  const radio = (name, value, text, checked) =>
    make("label", { className: "option", part: "option" },
      make("input", { type: "radio", name, value, checked }), make("span", { textContent: text }));

  const group = (legend, row) =>
    make("fieldset", { part: "options" }, make("legend", { textContent: legend }), row);

  // 144 random bits as base64url: one per page view, so that a doubled click is one checkout.
  const newAttempt = () =>
    btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18)))).replace(/\+/g, "-").replace(/\//g, "_");

  /* The ask as a form. `data` is campaign.json, `page` where it stands: {article, returnTo, currency}. */
  class Ask {
    constructor(data, page) {
      this.data = data;
      this.plan = data.plans[0];
      this.currency = page.currency;
      this.attempt = hidden("attempt", newAttempt());
      this.interval = hidden("interval");
      this.amounts = make("div", { className: "row" });
      this.renewal = make("p", { className: "renewal", part: "renewal", "aria-live": "polite" });
      this.build(page);
      this.offer();
    }

    build(page) {
      const { data } = this, { texts } = data;
      const plans = make("div", { className: "row" });
      plans.append(...data.plans.map((plan) =>
        radio("plan", plan.slug, texts.intervals[plan.interval], plan === this.plan)));
      this.plans = group(texts.interval, plans);
      this.plans.hidden = data.plans.length < 2;
      this.amount = group(texts.amount, this.amounts);
      this.error = make("p", { className: "error", part: "error", id: "error", role: "alert" });
      this.otherAmount = make("input", {
        className: "field", part: "field", id: "other", name: "other_amount", inputMode: "decimal",
        maxLength: 16,
        "aria-describedby": "bounds error",
      });
      this.otherLabel = make("label", { className: "label", htmlFor: "other" });
      this.bounds = make("p", { className: "note", part: "note", id: "bounds" });
      this.other = make("div", {}, this.otherLabel, this.otherAmount, this.bounds, this.error);
      this.select = make("select", { className: "field", part: "field", id: "currency", name: "currency" });
      this.choices = make("div", {},
        make("label", { className: "label", htmlFor: "currency", textContent: texts.currency }), this.select);
      this.form = make("form", { method: "post", action: data.action, target: "_top", autocomplete: "off", part: "form" },
        hidden("campaign", data.campaign), this.interval, hidden("article", page.article),
        hidden("return_to", page.returnTo), hidden("locale", data.locale), this.attempt,
        this.plans, this.amount, make("div", { className: "pair" }, this.other, this.choices), this.renewal,
        make("button", { part: "button", textContent: data.button }), this.note(page));
      // While typing, not when the field is left: the button must not move away under a finger that presses it.
      this.form.addEventListener("input", (event) => this.change(event.target));
      this.otherAmount.addEventListener("invalid", (event) => this.refuse(event));
      this.box = make("section", { part: "box", lang: data.locale, dir: data.direction, "aria-labelledby": "headline" },
        make("h2", { id: "headline", part: "headline", textContent: data.headline }),
        make("p", { part: "message", textContent: data.message }), this.form);
    }

    note(page) {
      const more = new URL(this.data.more);
      more.searchParams.set("return_to", page.returnTo);
      const links = [...this.data.links, { text: this.data.texts.more, url: more.href }];
      return make("p", { className: "note", part: "note" }, make("span", { textContent: this.data.texts.secure }),
        ...links.flatMap(({ text, url }) => [" ", make("a", { href: url, textContent: text })]));
    }

    /* What can be chosen for this plan and currency; the place of the chosen amount stays. */
    offer() {
      const { plan } = this;
      this.terms = plan.terms.find((terms) => terms.currency === this.currency) ?? plan.terms[0];
      this.currency = this.terms.currency;
      this.interval.value = plan.interval;
      this.select.replaceChildren(...plan.terms.map(({ currency }) =>
        make("option", { value: currency, textContent: currency, selected: currency === this.currency })));
      this.choices.hidden = plan.terms.length < 2;
      const { suggested, fixed, other, bounds } = this.terms;
      this.otherLabel.textContent = other;
      this.bounds.textContent = bounds;
      const offered = suggested.map(({ value, text }) => [value, text]).concat([["other", this.data.texts.other]]);
      const place = Math.min(this.place ?? suggested.length >> 1, Math.max(suggested.length - 1, 0));
      this.amounts.replaceChildren(...(fixed ? [] : offered.map(([value, text], index) =>
        radio("amount", value, text, this.isOther ? value === "other" : index === place))));
      this.amount.hidden = Boolean(fixed);
      this.choose();
    }

    change({ name, value }) {
      this.say("");
      if (name === "plan") this.plan = this.data.plans.find(({ slug }) => slug === value);
      if (name === "currency") this.currency = value;
      if (name === "plan" || name === "currency") this.offer();
      else this.choose();
    }

    choose() {
      const radios = [...this.amounts.querySelectorAll("input")];
      const chosen = radios.findIndex(({ checked }) => checked);
      if (chosen >= 0) this.place = chosen;
      this.isOther = radios[chosen]?.value === "other";
      this.other.hidden = this.otherAmount.disabled = !this.isOther;
      this.otherAmount.setCustomValidity(this.isOther ? this.problem() : "");
      const amount = this.isOther ? !this.problem() && `${this.otherAmount.value.trim()}\u00a0${this.currency}`
        : (this.terms.fixed ?? this.terms.suggested[chosen]).text;
      const renewal = amount ? this.data.texts.renewal[this.plan.interval].replace("{amount}", amount) : "";
      this.renewal.textContent = `${renewal} ${this.terms.opens}`.trim();
    }

    /* What is wrong with the reader's own amount, in a sentence; the server judges again. */
    problem() {
      const { texts } = this.data, { minimum, maximum, decimals } = this.terms;
      const typed = this.otherAmount.value.trim();
      const isAmount = new RegExp(`^\\d{1,12}${decimals ? `([.,]\\d{1,${decimals}})?` : ""}$`).test(typed);
      const amount = Number(typed.replace(",", "."));
      const [text, bound] = !isAmount ? [texts.unclear, minimum.value]
        : amount < Number(minimum.value) ? [texts.too_small, minimum.text]
        : amount > Number(maximum.value) ? [texts.too_large, maximum.text] : ["", ""];
      return text.replace("{amount}", bound);
    }

    refuse(event) {
      event.preventDefault(); // the browser's bubble would say the same a second time
      this.say(this.otherAmount.validationMessage);
      this.otherAmount.focus();
    }

    say(problem) {
      this.error.textContent = problem;
      this.otherAmount.setAttribute("aria-invalid", String(Boolean(problem)));
    }
  }

  customElements.define("support-cta", class extends HTMLElement {
    static observedAttributes = ["campaign", "article", "lang", "return-to", "currency"];
    #asked = "";
    #ask = null;

    connectedCallback() {
      addEventListener("pageshow", this);
      this.#load();
    }

    disconnectedCallback() {
      removeEventListener("pageshow", this);
    }

    attributeChangedCallback() {
      if (this.isConnected) this.#load();
    }

    // Back from Stripe to a page that the browser had kept alive: that is another page view.
    handleEvent(event) {
      if (event.persisted && this.#ask) this.#ask.attempt.value = newAttempt();
    }

    async #load() {
      await null; // several attributes change one by one; the last call finds all of them
      let asked;
      try {
        const page = this.#page();
        const address = this.#address(page);
        asked = JSON.stringify([address, page]);
        if (asked === this.#asked) return;
        this.#asked = asked;
        const response = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" });
        const data = response.ok && (await response.json());
        if (data && asked === this.#asked) this.#show(data, page);
      } catch {
        this.#asked = ""; // the page's own link stays; whoever puts the element back tries again
      }
    }

    #page() {
      const canonical = document.querySelector("link[rel=canonical]")?.href;
      const article = this.#absolute("article") ?? canonical ?? location.origin + location.pathname;
      // What the server would refuse must not stand between a reader and the form.
      const here = location.href.length > 2000 ? article : location.href.replaceAll("\\", "%5C");
      const returnTo = this.#absolute("return-to") ?? here;
      return { article, returnTo, currency: this.getAttribute("currency")?.toUpperCase() };
    }

    #absolute(name) {
      const address = this.getAttribute(name);
      return address ? new URL(address, location.href).href : undefined;
    }

    #address({ article }) {
      const url = new URL("/widget/campaign.json", source);
      const query = { campaign: this.getAttribute("campaign"), article, locale: this.closest("[lang]")?.lang };
      for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value);
      return url.href;
    }

    #show(data, page) {
      this.hidden = data.campaign === null;
      if (this.hidden) return;
      this.#ask = new Ask(data, page);
      const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      root.replaceChildren(this.#ask.box);
    }
  });
})();
