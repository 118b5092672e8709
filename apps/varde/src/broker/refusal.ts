/**
 * Every reason the broker has for refusing or ending something, with the clause of MQTT 3.1.1 it rests on where there is one.
 * The keys are what `count` is called with, so they are the label values of the metric; the words are for the log.
 */
export const REFUSALS = {
  // Before sign-in
  'connections-max': 'more connections than this process takes',
  'connects-from-address': 'this address connects too often',
  'connect-timeout': 'no complete CONNECT, or no sign-in, in time [MQTT-3.1.4 non-normative]',
  'first-packet-not-connect': 'the first packet was not a CONNECT [MQTT-3.1.0-1]',
  'protocol-name': 'CONNECT does not name MQTT [MQTT-3.1.2-1]',
  'protocol-level': 'a protocol level we do not speak, answered with code 1 [MQTT-3.1.2-2]',
  'connect-flags': 'CONNECT flags that contradict each other [MQTT-3.1.2-3, -11, -13, -14, -15, -22]',
  'connect-malformed': 'CONNECT is shorter or longer than its fields [MQTT-3.1.3-1]',
  'client-id': 'client id refused, answered with code 2 [MQTT-3.1.3-8, -9]',
  'user-name': 'user name is not tenant/clientId, or not the client id, answered with code 4',
  'will-not-allowed': 'will on a topic that is not the own status topic, answered with code 5',
  'credential-unknown': 'no such credential, answered with code 4',
  'credential-wrong': 'wrong secret, answered with code 4',
  'credential-revoked': 'revoked credential, answered with code 5',
  'certificate-not-trusted': 'client certificate not from our authority, or names nobody',
  'credential-unreadable': 'the credential could not be read now, answered with code 3',
  'service-full': 'too much is waiting for the database, answered with code 3',
  'web-socket-not-binary': 'WebSocket text frame [MQTT-6.0.0-1]',
  // Any packet
  'packet-too-large': 'packet over the size limit',
  'remaining-length': 'remaining length of more than four bytes [MQTT-2.2.3]',
  'fixed-header-flags': 'reserved flag bits [MQTT-2.2.2-2]',
  'packet-kind': 'packet kind that a client never sends [MQTT-2.2.1]',
  'packet-malformed': 'packet shorter or longer than its fields',
  'packet-id-zero': 'packet identifier 0 [MQTT-2.3.1-1]',
  'text-not-allowed': 'ill-formed UTF-8, NUL, control character or non-character [MQTT-1.5.3-1, -2]',
  'second-connect': 'second CONNECT on one connection [MQTT-3.1.0-2]',
  'publish-qos': 'QoS 3, or DUP with QoS 0 [MQTT-3.3.1-2, -4]',
  'publish-topic': 'topic name empty, with wildcard, too long or too deep [MQTT-3.3.2-2, MQTT-4.7.3-1]',
  'topic-filter': 'topic filter malformed, too long or too deep, or none at all [MQTT-3.8.3-3, MQTT-4.7.1-2, -3]',
  'subscribe-qos': 'requested QoS above 2 or reserved bits [MQTT-3-8.3-4]',
  // Signed in
  'publish-not-allowed': 'publish outside the own topics, connection closed [MQTT-3.3.5-2]',
  'publish-off-contract': 'publish under the own prefix on a topic the contract does not know: kept as refused by ingest and acknowledged',
  'retain-ignored': 'retain asked for something that is not status: taken, not retained',
  'subscribe-not-allowed': 'subscription to other than the own ack, cmd and advice, answered with 0x80 [MQTT-3.8.4-5]',
  'not-confirmed': 'QoS 0 message: taken, but the sender cannot know',
  'commit-failed': 'the message could not be kept: no PUBACK, connection closed so that the device resends [MQTT-4.4.0-1]',
  'keep-alive': 'silent for one and a half keep-alive periods [MQTT-3.1.2-24]',
  'reads-too-slowly': 'the client does not read what we send',
  'slowed-by-rate': 'more messages than the rate allows: reading paused',
  'slowed-by-window': 'more messages in flight than the window: reading paused',
  'slowed-by-service': 'too much waiting for the database: reading paused',
  'take-over': 'second connection with the same client id, the first one closed [MQTT-3.1.4-2]',
  'take-over-loop': 'two boxes seem to share one identity',
  'queue-overflow': 'a message down was dropped: the gateway does not fetch them',
  'retained-overflow': 'a retained status was not kept: too many or too long',
  kicked: 'connection ended by the service, for instance because the credential was revoked',
} as const;

/** A reason as it is counted. */
export type RefusalReason = keyof typeof REFUSALS;

/** Thrown or passed to `destroy` when the broker ends a connection. */
export class ConnectionRefused extends Error {
  override readonly name = 'ConnectionRefused';

  constructor(readonly reason: RefusalReason) {
    super(`${reason}: ${REFUSALS[reason]}`);
  }
}
