/** What the service says to a gateway, by the last segment of the topic. */
const SAID = ['ack', 'cmd', 'advice'] as const;
/** Those of it whose confirmation somebody waits for. */
const AWAITED = /\/(cmd|advice)$/;

/** Whether it must be known when the gateway has confirmed a message on this topic. */
export function isAwaited(topic: string): boolean {
  return AWAITED.test(topic);
}

/** What a topic is to the gateway that publishes on it. */
export type PublishRight = 'reading' | 'status' | 'off-contract' | 'foreign';

const ROOT = 'varde/v1/';
const DEVICE_TOPIC = /^dev\/[A-Za-z0-9._-]{1,64}\/(obs|raw|answers|status)$/;

/**
 * What a gateway may do with a topic of `varde/v1/{tenant}/{gateway}/...` (devices/README.md 5.1). `foreign` is refused and a
 * security matter; `off-contract` is under the own prefix and is kept by ingest as a refused message.
 * @param key `{tenant}/{clientId}`, see `keyOf`
 */
export function publishRight(key: string, topic: string): PublishRight {
  const prefix = `${ROOT}${key}/`;
  if (!topic.startsWith(prefix)) return 'foreign';
  const rest = topic.slice(prefix.length);
  if (rest === 'status') return 'status';
  const leaf = DEVICE_TOPIC.exec(rest)?.[1];
  if (leaf === undefined) return 'off-contract';
  return leaf === 'status' ? 'status' : 'reading';
}

/** What the log may hold of a `foreign` topic, which a stranger writes: where it leaves what is the gateway's own, and its size. */
export function describeForeign(key: string, topic: string): { outside: 'contract' | 'tenant' | 'gateway'; levels: number; bytes: number } {
  const [tenant = ''] = key.split('/');
  const isOfTenant = topic.startsWith(`${ROOT}${tenant}/`);
  const outside = !topic.startsWith(ROOT) ? 'contract' : isOfTenant ? 'gateway' : 'tenant';
  return { outside, levels: topic.split('/').length, bytes: Buffer.byteLength(topic) };
}

/** A will is only for the own gateway's status: it says that the gateway is gone. */
export function mayBeWill(key: string, topic: string): boolean {
  return topic === `${ROOT}${key}/status`;
}

/** Only what the service says to this gateway: answers, commands and advice. No wildcards, so no reading can ever be subscribed to. */
export function maySubscribe(key: string, filter: string): boolean {
  return SAID.some((leaf) => filter === `${ROOT}${key}/${leaf}`);
}
