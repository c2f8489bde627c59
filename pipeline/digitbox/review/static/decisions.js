// What is decided → the server, one after the other; what became of each → whoever said it.

import { get, post, wait } from "./page.js";

const AT_ONCE = 100; // requests that are asked for at a time

export let said = 0; // how many decisions were made
export let unnoted = 0; // how many of them the server has not noted yet

const open = new Map(); // request → what to do with its answer
let saying = Promise.resolve(); // what is undone was decided before
let listening = false;

// Sends what `who` says of a reading, after what was said before; `then` is called with the answer.
export function say(item, says, who, then) {
  said += 1;
  unnoted += 1;
  saying = saying.then(() => send({ reading: item.id, says, who }, then));
}

async function send(decision, then) {
  try {
    const { request } = await post("/review/decide", decision);
    expect(request, then);
  } catch (error) {
    then({ refused: `not noted: ${error.message}` });
  } finally {
    unnoted -= 1;
  }
}

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
      if (answers.length === 0) await wait(1);
      for (const answer of answers) {
        const then = open.get(answer.request);
        open.delete(answer.request);
        then(answer);
      }
    } catch {
      await wait(1);
    }
  }
  listening = false;
}
