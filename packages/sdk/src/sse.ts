/** One server-sent message. `id` is the last id seen so far on the stream, as the specification wants it. */
export interface SseMessage {
  readonly event: string;
  readonly data: string;
  readonly id: string;
}

/** Collects text in pieces of any size and gives the messages that are complete. */
export interface SseParser {
  /** The id to resume after; a server may set it without sending a message. */
  readonly lastEventId: string;
  push(text: string): readonly SseMessage[];
}

/**
 * A parser of the event stream format (WHATWG HTML 9.2.6): LF, CR and CRLF line ends even across pieces,
 * comments, several `data` lines, ids that stay until replaced. `retry` is ignored; callers back off themselves.
 */
export function createSseParser(lastEventId = ''): SseParser {
  let rest = '';
  let isFirst = true;
  let id = lastEventId;
  let event = '';
  let data: string[] = [];

  function take(line: string, into: SseMessage[]): void {
    if (line === '') {
      if (data.length > 0) into.push({ event: event === '' ? 'message' : event, data: data.join('\n'), id });
      event = '';
      data = [];
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    if (field === 'event') event = value;
    if (field === 'id' && !value.includes('\0')) id = value;
  }

  return {
    get lastEventId() {
      return id;
    },
    push(text) {
      const messages: SseMessage[] = [];
      rest += isFirst ? text.replace(/^\uFEFF/, '') : text;
      if (text !== '') isFirst = false;
      let start = 0;
      for (let end = nextBreak(rest, start); end >= 0; end = nextBreak(rest, start)) {
        // A CR at the very end may be the first half of CRLF: wait for what follows.
        if (rest[end] === '\r' && end + 1 === rest.length) break;
        take(rest.slice(start, end), messages);
        start = end + (rest[end] === '\r' && rest[end + 1] === '\n' ? 2 : 1);
      }
      rest = rest.slice(start);
      return messages;
    },
  };
}

function nextBreak(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) return at;
  }
  return -1;
}
