import type { NoticeCause } from '@varde/alerts';
import type { Severity, Words } from '@varde/rules';
import type { NoticeToSend } from '@varde/store';

/** What a text message or an e-mail may know of a notice: nothing about the patient, not even that there is this one. */
export type PlainNotice = Pick<NoticeToSend, 'id' | 'cause' | 'severity' | 'unit'>;

const SEVERITY: Readonly<Record<Severity, Words>> = {
  info: { nb: 'mindre', en: 'minor' },
  yellow: { nb: 'gul', en: 'yellow' },
  red: { nb: 'rød', en: 'red' },
  critical: { nb: 'akutt rød', en: 'critical' },
};

/** What has happened, by cause; any other cause is told as news. */
const HAPPENED: Readonly<Record<string, (grave: Words, unit: string) => Words>> = {
  opened: (grave, unit) => ({ nb: `en ny ${grave.nb} hendelse hos ${unit}`, en: `a new ${grave.en} item for ${unit}` }),
  relapsed: (grave, unit) => ({ nb: `en ${grave.nb} hendelse hos ${unit} er tilbake`, en: `a ${grave.en} item for ${unit} is back` }),
  severity_rose: (grave, unit) => ({
    nb: `en hendelse hos ${unit} er blitt ${grave.nb}`,
    en: `an item for ${unit} has become ${grave.en}`,
  }),
  escalated: (grave, unit) => ({ nb: `en ${grave.nb} hendelse venter på ${unit}`, en: `a ${grave.en} item waits for ${unit}` }),
  acknowledgement_ran_out: (grave, unit) => ({
    nb: `en ${grave.nb} hendelse er tilbake i køen hos ${unit}`,
    en: `a ${grave.en} item is back in the queue of ${unit}`,
  }),
  assigned: (grave, unit) => ({ nb: `en ${grave.nb} hendelse hos ${unit} er tildelt`, en: `a ${grave.en} item of ${unit} is assigned` }),
  offered: (grave, unit) => ({ nb: `${unit} er tilbudt en ${grave.nb} hendelse`, en: `${unit} is offered a ${grave.en} item` }),
  advice_asked: (_, unit) => ({ nb: `${unit} er spurt om råd`, en: `${unit} is asked for advice` }),
  patient_answered: (grave, unit) => ({
    nb: `svar fra hjemmet i en ${grave.nb} hendelse hos ${unit}`,
    en: `an answer from the home in a ${grave.en} item of ${unit}`,
  }),
};

const news = (grave: Words, unit: string): Words => ({
  nb: `nytt i en ${grave.nb} hendelse hos ${unit}`,
  en: `news of a ${grave.en} item of ${unit}`,
});

function happened({ cause, severity, unit }: PlainNotice): Words {
  return (HAPPENED[cause] ?? news)(SEVERITY[severity], unit);
}

/** A text message: who must look where. */
export function smsText(notice: PlainNotice, publicUrl: string | null): string {
  const where = publicUrl === null ? 'Logg inn.' : `Logg inn: ${publicUrl}`;
  return `Varde: ${happened(notice).nb}. ${where} (varsel ${notice.id})`;
}

/** Subject and text of an e-mail, in both languages. */
export function mailText(notice: PlainNotice, publicUrl: string | null): { readonly subject: string; readonly text: string } {
  const { nb, en } = happened(notice);
  const at = publicUrl === null ? '' : `: ${publicUrl}`;
  const lines = [
    `Varde: ${nb}.`,
    `Logg inn for å se den${at}`,
    '',
    `Varde: ${en}.`,
    `Sign in to see it${at}`,
    '',
    `(varsel / notice ${notice.id})`,
  ];
  return { subject: `Varde: ${nb}`, text: `${lines.join('\n')}\n` };
}

/** Causes whose words the program makes itself: what was found, by which limit, until when. All others may hold what a person wrote. */
const OF_THE_PROGRAM: ReadonlySet<string> = new Set<NoticeCause>([
  ...(['opened', 'relapsed', 'severity_rose', 'domain_joined', 'not_helped', 'escalated', 'acknowledgement_ran_out'] as const),
  ...(['accepted', 'offer_ran_out', 'advice_ran_out', 'patient_answered', 'snooze_ended'] as const),
]);

/** What a webhook is told: the words of the program as they are, and instead of what a person wrote only that something has happened. */
export function webhookWords(notice: PlainNotice & Pick<NoticeToSend, 'episodeId' | 'text'>): Words {
  return notice.episodeId === null || OF_THE_PROGRAM.has(notice.cause) ? notice.text : happened(notice);
}
