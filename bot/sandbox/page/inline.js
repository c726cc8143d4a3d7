// The panel above the input line: what the bot offers for `@bot words`, to be sent with a click.

const byId = (id) => document.getElementById(id);

const PAUSE = 220; // milliseconds without a key until the bot is asked
const LONGEST = 256; // characters of a query
const NEAR = 160; // pixels from the end of the list that ask for the next page

export class InlinePanel {
  // `ask(query, offset, signal)` resolves to an answer; `onSend(query, result)`, `onButton(start)`.
  constructor({ ask, onSend, onButton, onDraw }) {
    this.panel = byId("inline");
    this.list = byId("inline-results");
    this.button = byId("inline-button");
    this.ask = ask;
    this.onSend = onSend;
    this.onButton = onButton;
    this.onDraw = onDraw; // called whenever another line is marked
    this.query = null; // what stands in the input line; null: no inline query
    this.results = [];
    this.at = 0;
    this.next = "";
    this.isStale = false;
    this.list.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.panel.onpointerdown = (event) => event.preventDefault(); // keeps the text field focused
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  // Whether Enter would be meant for the panel: it is open, or the bot is being asked.
  get isBusy() {
    return this.isOpen || Boolean(this.asking);
  }

  // Tells what is typed. Gives whether it is an inline query to this bot.
  typed(text, bot) {
    const query = inlineQuery(text, bot);
    if (query === this.query) return query !== null;
    if (query === null) this.close();
    else this.first(query);
    this.query = query;
    return query !== null;
  }

  // Closes without forgetting what was typed: the same words do not open it again.
  close() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.asking = null;
    this.panel.hidden = true;
    byId("composer").classList.remove("asking");
    this.onDraw();
  }

  reset() {
    this.close();
    this.query = null;
  }

  // What was found before stays in sight until there is an answer, but Enter waits for it.
  first(query) {
    clearTimeout(this.timer);
    const asking = this.begin();
    this.isStale = true;
    const ask = async () => {
      const answer = await this.answer(query, "", asking);
      if (answer) this.show(answer);
      else if (!asking.signal.aborted) this.close();
    };
    this.timer = setTimeout(ask, query ? PAUSE : 0);
  }

  begin() {
    this.asking?.abort();
    this.asking = new AbortController();
    byId("composer").classList.add("asking");
    return this.asking;
  }

  // Resolves to null when something else was typed meanwhile or nobody answers.
  async answer(query, offset, asking) {
    try {
      const answer = await this.ask(query, offset, asking.signal);
      return asking.signal.aborted ? null : answer;
    } catch (error) {
      console.debug(error);
      return null;
    } finally {
      if (this.asking === asking) {
        this.asking = null;
        byId("composer").classList.remove("asking");
      }
    }
  }

  show(answer) {
    this.results = [];
    this.at = 0;
    this.isStale = false;
    this.list.replaceChildren();
    this.list.scrollTop = 0;
    this.button.hidden = !answer.button;
    this.button.textContent = answer.button?.text ?? "";
    this.button.onclick = () => this.onButton(answer.button.start_parameter ?? "");
    this.append(answer);
    this.panel.hidden = !this.results.length && !answer.button;
    this.list.hidden = !this.results.length;
    this.mark();
  }

  append(answer) {
    this.next = answer.next_offset;
    for (const result of answer.results) {
      const index = this.results.length;
      this.results.push({ query: answer.query, ...result });
      const item = line(result, index);
      item.onclick = () => this.send(index);
      this.list.append(item);
    }
  }

  async scrolled() {
    const left = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight;
    if (left > NEAR || !this.next || this.asking || !this.isOpen) return;
    const offset = this.next;
    const answer = await this.answer(this.query, offset, this.begin());
    if (answer && this.next === offset) this.append(answer);
  }

  move(step) {
    if (!this.results.length) return;
    this.at = (this.at + step + this.results.length) % this.results.length;
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((item, index) => {
      item.setAttribute("aria-selected", String(index === this.at));
      if (index === this.at) item.scrollIntoView({ block: "nearest" });
    });
    this.onDraw();
  }

  send(index = this.at) {
    const result = this.results[index];
    if (this.isOpen && result && !this.isStale) this.onSend(result.query, result.id);
  }

  // Gives whether the key meant the panel.
  pressed(key) {
    if (!this.isBusy) return false;
    if (key === "Escape") this.close();
    else if (key === "ArrowDown") this.move(1);
    else if (key === "ArrowUp") this.move(-1);
    else if (key === "Enter") this.send();
    else return false;
    return true;
  }
}

// The words behind `@bot `, at most 256 characters; null for any other text.
function inlineQuery(text, bot) {
  const [, name, words] = /^@(\w+)\s([^]*)$/.exec(text) ?? [];
  if (!name || name.toLowerCase() !== bot?.toLowerCase()) return null;
  return [...words.trim()].slice(0, LONGEST).join("");
}

function line(result, index) {
  const item = document.createElement("li");
  item.id = `inline-${index}`;
  item.role = "option";
  item.setAttribute("aria-selected", "false");
  const thumbnail = document.createElement("span");
  thumbnail.className = `thumbnail peer-${[...result.id].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 7}`;
  thumbnail.setAttribute("aria-hidden", "true");
  thumbnail.textContent = [...result.title][0] ?? "";
  if (result.thumbnail) {
    const picture = document.createElement("img");
    picture.alt = "";
    picture.loading = "lazy";
    picture.referrerPolicy = "no-referrer";
    picture.onerror = () => picture.remove(); // the letter below it stays
    picture.src = result.thumbnail;
    thumbnail.append(picture);
  }
  const words = document.createElement("span");
  words.className = "words";
  const title = document.createElement("b");
  title.dir = "auto";
  title.textContent = result.title;
  const description = document.createElement("span");
  description.dir = "auto";
  description.textContent = result.description;
  words.append(title, description);
  item.append(thumbnail, words);
  return item;
}
