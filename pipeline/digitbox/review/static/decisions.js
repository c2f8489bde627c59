// What is decided → the server: in order, once each, and when there is a connection; what became of each → who said it.

import { get, post, renew, wait } from "./page.js";
import { drop, keep, keptOf } from "./kept.js";
import { place, tell, tellConnection } from "./notices.js";

const AT_ONCE = 100; // requests that are asked for at a time
const PAUSE = 1; // seconds until the server is asked again

export let said = 0; // how many decisions were made

const thens = new Map(); // key → what to do with the answer
const open = new Map(); // request → the same
let ledger = null; // of what is shown
let sending = false;
let listening = false;

// How many decisions the server has not noted yet.
export const unnoted = () => keptOf(ledger).length;

// From here on what is decided is of this ledger; what is kept of it is sent.
export function sendTo(named) {
  if (ledger === named) return;
  ledger = named;
  send();
}

// Unlike that of any other decision. Where there is no HTTPS there is no crypto.randomUUID.
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// Sends what `who` says of a reading, after what was said before; `then` is called with the answer. Returns its key.
// What is undone is named by its key.
export function say(item, says, who, then, undoes = "") {
  const key = newKey();
  said += 1;
  thens.set(key, then);
  keep({ reading: item.id, row: item.row, says, who, key, undoes, file: place(item) });
  send();
  return key;
}

async function send() {
  if (sending) return;
  sending = true;
  for (let next; (next = keptOf(ledger)[0]); ) {
    const [name, { file, ...decision }] = next;
    const then = thens.get(decision.key) ?? ((answer) => answer.refused && tell(`${file}: ${answer.refused}`));
    try {
      const { request } = await post("/review/decide", decision);
      tellConnection(null);
      expect(request, then);
    } catch (error) {
      if (isPassing(error)) {
        tellConnection(error, unnoted());
        await wait(PAUSE);
        if (error.status === 403) await renew().catch(() => {}); // the server was started anew
        continue;
      }
      then({ refused: `not noted: ${error.message}` });
    }
    thens.delete(decision.key);
    drop(name);
  }
  sending = false;
}

// Whether the same may succeed later: 4xx would be refused again, but for those of a server that is another one now.
const isPassing = ({ status }) => !status || status >= 500 || [401, 403, 408, 421, 429].includes(status);

// Calls `then` with what became of a request.
export function expect(request, then) {
  open.set(request, then);
  listen();
}

async function listen() {
  if (listening) return;
  listening = true;
  while (open.size > 0) {
    try {
      const wanted = [...open.keys()].slice(0, AT_ONCE).map((request) => `request=${request}`);
      const { answers } = await get(`/review/answers?${wanted.join("&")}`);
      tellConnection(null);
      if (answers.length === 0) await wait(PAUSE);
      for (const answer of answers) {
        const then = open.get(answer.request);
        open.delete(answer.request);
        then(answer);
      }
    } catch (error) {
      tellConnection(error, unnoted());
      await wait(PAUSE);
    }
  }
  listening = false;
}
