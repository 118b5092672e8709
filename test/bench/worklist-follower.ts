/** A change of the worklist as the stream tells it. */
export interface SeenChange {
  readonly patientId: number;
  readonly kind: string;
}

/** A nurse's stream of the worklist, open. */
export interface Follower {
  close(): void;
}

/** Signs in over the API and follows the worklist; resolves when the stream has begun. */
export async function followWorklist(
  apiUrl: string,
  nurse: { readonly username: string; readonly password: string },
  onChange: (change: SeenChange) => void,
): Promise<Follower> {
  const signedIn = await fetch(`${apiUrl}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(nurse),
  });
  if (!signedIn.ok) throw new Error(`the nurse could not sign in: ${signedIn.status} ${await signedIn.text()}`);
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  const abort = new AbortController();
  const stream = await fetch(`${apiUrl}/api/stream`, { headers: { cookie }, signal: abort.signal });
  if (!stream.ok || stream.body === null) throw new Error(`the stream did not open: ${stream.status} ${await stream.text()}`);
  await new Promise<void>((resolve, reject) => {
    const read = async (body: AsyncIterable<Uint8Array>): Promise<void> => {
      const decoder = new TextDecoder();
      let rest = '';
      for await (const chunk of body) {
        const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
        rest = parts.pop() ?? '';
        for (const part of parts) {
          if (part.includes('event: start')) resolve();
          if (part.includes('event: change')) onChange(dataOf(part));
        }
      }
    };
    read(stream.body as unknown as AsyncIterable<Uint8Array>).catch((error: unknown) => {
      if (!abort.signal.aborted) reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
  return { close: () => abort.abort() };
}

function dataOf(event: string): SeenChange {
  const line = event.split('\n').find((each) => each.startsWith('data: ')) ?? 'data: {}';
  return JSON.parse(line.slice('data: '.length)) as SeenChange;
}
