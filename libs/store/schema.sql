create sequence unit_look_version;

create sequence worklist_change_id;

CREATE OR REPLACE FUNCTION public.directory_changes()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        update directory_version set version = version + 1, changed_in = pg_current_xact_id()
        where changed_in is distinct from pg_current_xact_id();
        return null;
      end $function$;

CREATE OR REPLACE FUNCTION public.part_of_unit_changes()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        perform from unit where id in (select unit_id from changed) order by id for no key update;
        update unit set look_version = default where id in (select unit_id from changed);
        return null;
      end $function$;

CREATE OR REPLACE FUNCTION public.pathway_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        raise exception 'version % of pathway % may have episodes frozen to it and is never changed', old.version, old.id
          using errcode = 'restrict_violation';
      end $function$;

CREATE OR REPLACE FUNCTION public.person_of_units_changes()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        perform from unit where id in (select unit_id from person_unit where person_id = new.id) order by id for no key update;
        update unit set look_version = default where id in (select unit_id from person_unit where person_id = new.id);
        return null;
      end $function$;

CREATE OR REPLACE FUNCTION public.read_one_worklist()
 RETURNS SETOF one_worklist
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE ROWS 10
AS $function$
      begin
        return query table one_worklist;
      end $function$;

CREATE OR REPLACE FUNCTION public.unit_changes()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        new.look_version := nextval('unit_look_version');
        return new;
      end $function$;

create view one_worklist as
 SELECT v.id AS pathway_id,
    c.programme,
    a.unit_id,
    b.unit_id AS seen_by_unit_id
   FROM (((pathway v
     CROSS JOIN LATERAL jsonb_to_recordset(v.cooperations) c("organisationIds" integer[], step integer, programme text))
     JOIN unit_organisation a ON ((a.organisation_id = ANY (c."organisationIds"))))
     JOIN unit_organisation b ON (((b.organisation_id = ANY (c."organisationIds")) AND (b.organisation_id <> a.organisation_id))))
  WHERE ((v.cooperations @? '$[*]?(@."step" >= 5)'::jsonpath) AND (c.step >= 5) AND (v.in_force_from <= now()) AND (NOT (EXISTS ( SELECT
           FROM pathway n
          WHERE ((n.id = v.id) AND (n.version > v.version) AND (n.in_force_from <= now()))))));

create table answer_set (
  measurement_id bigint not null,
  patient_id integer not null,
  questionnaire text not null,
  version smallint not null,
  observed_at timestamp with time zone not null,
  received_at timestamp with time zone not null,
  answered_by text not null,
  items jsonb not null,
  constraint answer_set_pkey PRIMARY KEY (measurement_id),
  constraint answer_set_answered_by_check CHECK ((answered_by = ANY (ARRAY['patient'::text, 'carer'::text, 'nurse'::text])))
);
CREATE INDEX answer_set_patient ON public.answer_set USING btree (patient_id, observed_at);
CREATE INDEX answer_set_weight ON public.answer_set USING btree (patient_id) WHERE (questionnaire = 'weight'::text);

create table arrival (
  id bigint generated always as identity not null,
  patient_id integer not null,
  observed_from timestamp with time zone not null,
  arrived_at timestamp with time zone default now() not null,
  measurement_ids bigint[] default '{}'::bigint[] not null,
  constraint arrival_pkey PRIMARY KEY (id)
);
CREATE INDEX arrival_patient ON public.arrival USING btree (patient_id);

create table blindness (
  id integer generated always as identity not null,
  part text not null,
  subject text default ''::text not null,
  why text not null,
  since timestamp with time zone not null,
  noticed_at timestamp with time zone not null,
  to_at timestamp with time zone,
  unit_ids integer[] default '{}'::integer[] not null,
  patient_ids integer[] default '{}'::integer[] not null,
  detail text,
  patients_waiting integer default 0 not null,
  next_tell_at timestamp with time zone,
  told_at timestamp with time zone,
  over_told_at timestamp with time zone,
  caught_up jsonb,
  constraint blindness_pkey PRIMARY KEY (id),
  constraint blindness_part_check CHECK ((part = ANY (ARRAY['broker'::text, 'ingest'::text, 'watch'::text, 'notices'::text, 'homes'::text, 'triage'::text, 'database'::text, 'gateway'::text, 'chain'::text]))),
  constraint blindness_why_check CHECK ((why = ANY (ARRAY['silent'::text, 'late'::text, 'not_arrived'::text])))
);
CREATE INDEX blindness_to ON public.blindness USING btree (to_at);
CREATE INDEX blindness_to_tell ON public.blindness USING btree (next_tell_at) WHERE (next_tell_at IS NOT NULL);
CREATE UNIQUE INDEX blindness_open ON public.blindness USING btree (part, subject) WHERE (to_at IS NULL);

create table community (
  id integer generated always as identity not null,
  code text not null,
  name text not null,
  self_test boolean default false not null,
  constraint community_pkey PRIMARY KEY (id),
  constraint community_code_key UNIQUE (code),
  constraint community_code_check CHECK ((code ~ '^[A-Za-z0-9._-]{1,64}$'::text))
);
CREATE UNIQUE INDEX community_self_test ON public.community USING btree (self_test) WHERE self_test;
CREATE CONSTRAINT TRIGGER directory_community AFTER INSERT OR DELETE OR UPDATE OF code ON public.community DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION directory_changes();

create table consultation (
  episode_id bigint not null,
  number integer not null,
  patient_id integer not null,
  from_unit_id integer not null,
  unit_id integer not null,
  question text not null,
  asked_at timestamp with time zone not null,
  asked_by_person_id integer not null,
  deadline_at timestamp with time zone not null,
  fate text,
  ended_at timestamp with time zone,
  ended_by_person_id integer,
  answer text,
  constraint consultation_pkey PRIMARY KEY (episode_id, number),
  constraint consultation_asked_by_person_id_fkey FOREIGN KEY (asked_by_person_id) REFERENCES person(id),
  constraint consultation_ended_by_person_id_fkey FOREIGN KEY (ended_by_person_id) REFERENCES person(id),
  constraint consultation_episode_id_fkey FOREIGN KEY (episode_id) REFERENCES episode(id),
  constraint consultation_from_unit_id_fkey FOREIGN KEY (from_unit_id) REFERENCES unit(id),
  constraint consultation_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint consultation_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
  constraint consultation_check CHECK ((unit_id <> from_unit_id)),
  constraint consultation_check1 CHECK ((deadline_at > asked_at)),
  constraint consultation_check2 CHECK (((fate IS NULL) = (ended_at IS NULL))),
  constraint consultation_check3 CHECK (((fate IS DISTINCT FROM 'given'::text) OR ((answer IS NOT NULL) AND (ended_by_person_id IS NOT NULL)))),
  constraint consultation_fate_check CHECK ((fate = ANY (ARRAY['given'::text, 'ran_out'::text, 'ended'::text]))),
  constraint consultation_number_check CHECK ((number > 0)),
  constraint consultation_question_check CHECK ((question <> ''::text))
);
CREATE INDEX consultation_seen ON public.consultation USING btree (patient_id, unit_id) WHERE (fate IS NULL);
CREATE UNIQUE INDEX consultation_waits ON public.consultation USING btree (episode_id, unit_id) WHERE (fate IS NULL);

create table contact (
  id integer generated always as identity not null,
  unit_id integer not null,
  person_id integer,
  channel text not null,
  address text not null,
  signing_secret text,
  added_at timestamp with time zone not null,
  added_by_person_id integer,
  tested_at timestamp with time zone,
  removed_at timestamp with time zone,
  removed_by_person_id integer,
  constraint contact_pkey PRIMARY KEY (id),
  constraint contact_added_by_person_id_fkey FOREIGN KEY (added_by_person_id) REFERENCES person(id),
  constraint contact_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  constraint contact_removed_by_person_id_fkey FOREIGN KEY (removed_by_person_id) REFERENCES person(id),
  constraint contact_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
  constraint contact_address_check CHECK ((address <> ''::text)),
  constraint contact_channel_check CHECK ((channel = ANY (ARRAY['sms'::text, 'email'::text, 'webhook'::text]))),
  constraint contact_check CHECK (((channel = 'webhook'::text) = (signing_secret IS NOT NULL)))
);
CREATE UNIQUE INDEX contact_once ON public.contact USING btree (unit_id, COALESCE(person_id, 0), channel, address) WHERE (removed_at IS NULL);
CREATE TRIGGER part_of_unit_delete AFTER DELETE ON public.contact REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();
CREATE TRIGGER part_of_unit_insert AFTER INSERT ON public.contact REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();
CREATE TRIGGER part_of_unit_update AFTER UPDATE ON public.contact REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();

create table contact_test (
  id integer generated always as identity not null,
  contact_id integer not null,
  asked_at timestamp with time zone not null,
  asked_by_person_id integer,
  expires_at timestamp with time zone not null,
  wrong_tries smallint default 0 not null,
  answered_at timestamp with time zone,
  answered_by_person_id integer,
  constraint contact_test_pkey PRIMARY KEY (id),
  constraint contact_test_answered_by_person_id_fkey FOREIGN KEY (answered_by_person_id) REFERENCES person(id),
  constraint contact_test_asked_by_person_id_fkey FOREIGN KEY (asked_by_person_id) REFERENCES person(id),
  constraint contact_test_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES contact(id),
  constraint contact_test_check CHECK ((expires_at > asked_at))
);
CREATE INDEX contact_test_contact ON public.contact_test USING btree (contact_id, id);

create table credential (
  id integer generated always as identity not null,
  community_id integer not null,
  client_id text not null,
  secret_hmac bytea not null,
  created_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  constraint credential_pkey PRIMARY KEY (id),
  constraint credential_community_id_fkey FOREIGN KEY (community_id) REFERENCES community(id),
  constraint credential_client_id_check CHECK ((client_id ~ '^[A-Za-z0-9._-]{1,64}$'::text))
);
CREATE INDEX credential_client ON public.credential USING btree (community_id, client_id);
CREATE CONSTRAINT TRIGGER directory_credential AFTER INSERT OR DELETE OR UPDATE OF community_id, client_id, revoked_at ON public.credential DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION directory_changes();

create table day_median (
  patient_id integer not null,
  metric text not null,
  day date not null,
  median double precision not null,
  readings integer not null,
  highest double precision,
  constraint day_median_pkey PRIMARY KEY (patient_id, metric, day),
  constraint day_median_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id)
);

create table device (
  id integer generated always as identity not null,
  community_id integer not null,
  name text not null,
  kind text not null,
  model text,
  registered_at timestamp with time zone not null,
  battery_percent smallint,
  status_at timestamp with time zone,
  errors text[] default '{}'::text[] not null,
  contact_at timestamp with time zone,
  constraint device_pkey PRIMARY KEY (id),
  constraint device_community_id_name_key UNIQUE (community_id, name),
  constraint device_community_id_fkey FOREIGN KEY (community_id) REFERENCES community(id),
  constraint device_name_check CHECK ((name ~ '^[A-Za-z0-9._-]{1,64}$'::text))
);
CREATE CONSTRAINT TRIGGER directory_device AFTER INSERT OR DELETE OR UPDATE OF community_id, name, registered_at ON public.device DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION directory_changes();

create table directory_version (
  version integer not null,
  changed_in xid8
);

create table duty (
  id integer generated always as identity not null,
  unit_id integer not null,
  person_id integer not null,
  kind text not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  entered_by_person_id integer,
  entered_at timestamp with time zone not null,
  removed_at timestamp with time zone,
  removed_by_person_id integer,
  constraint duty_pkey PRIMARY KEY (id),
  constraint duty_entered_by_person_id_fkey FOREIGN KEY (entered_by_person_id) REFERENCES person(id),
  constraint duty_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  constraint duty_removed_by_person_id_fkey FOREIGN KEY (removed_by_person_id) REFERENCES person(id),
  constraint duty_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
  constraint duty_check CHECK (((to_at > from_at) AND (to_at <= (from_at + '31 days'::interval)))),
  constraint duty_kind_check CHECK ((kind = ANY (ARRAY['shift'::text, 'on_call'::text])))
);
CREATE INDEX duty_person ON public.duty USING btree (person_id, to_at) WHERE (removed_at IS NULL);
CREATE INDEX duty_unit ON public.duty USING btree (unit_id, to_at) WHERE (removed_at IS NULL);
CREATE UNIQUE INDEX duty_once ON public.duty USING btree (unit_id, person_id, kind, from_at, to_at) WHERE (removed_at IS NULL);
CREATE TRIGGER part_of_unit_delete AFTER DELETE ON public.duty REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();
CREATE TRIGGER part_of_unit_insert AFTER INSERT ON public.duty REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();
CREATE TRIGGER part_of_unit_update AFTER UPDATE ON public.duty REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();

create table enrolment (
  id integer generated always as identity not null,
  patient_id integer not null,
  programme text not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone,
  preview_id bigint,
  end_preview_id bigint,
  constraint enrolment_pkey PRIMARY KEY (id),
  constraint enrolment_end_preview_id_fkey FOREIGN KEY (end_preview_id) REFERENCES shown_preview(id),
  constraint enrolment_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint enrolment_preview_id_fkey FOREIGN KEY (preview_id) REFERENCES shown_preview(id),
  constraint enrolment_check CHECK (((to_at IS NULL) OR (to_at > from_at))),
  constraint enrolment_programme_check CHECK ((programme = ANY (ARRAY['copd'::text, 'hf'::text, 'htn'::text, 'dm'::text, 'frail'::text])))
);
CREATE INDEX enrolment_patient ON public.enrolment USING btree (patient_id);
CREATE UNIQUE INDEX enrolment_running ON public.enrolment USING btree (patient_id, programme) WHERE (to_at IS NULL);
CREATE CONSTRAINT TRIGGER directory_enrolment AFTER INSERT OR DELETE OR UPDATE OF patient_id, from_at ON public.enrolment DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION directory_changes();

create table episode (
  id bigint generated always as identity not null,
  patient_id integer not null,
  domains text[] not null,
  severity text not null,
  signals jsonb not null,
  opened_at timestamp with time zone not null,
  last_signal_at timestamp with time zone not null,
  owner_unit_id integer not null,
  acknowledged_at timestamp with time zone,
  acknowledged_by_person_id integer,
  acknowledgement_ends_at timestamp with time zone,
  cleared_at timestamp with time zone,
  closed_at timestamp with time zone,
  closed_by_person_id integer,
  outcome text,
  relapses integer default 0 not null,
  pathway_id integer not null,
  pathway_version integer not null,
  ladder_started_at timestamp with time zone not null,
  ladder_steps_taken integer default 0 not null,
  next_step_at timestamp with time zone,
  version integer not null,
  assigned_to_person_id integer,
  offers_made integer default 0 not null,
  consultations_asked integer default 0 not null,
  offer_number integer,
  offered_to_unit_id integer,
  follower_unit_ids integer[] default '{}'::integer[] not null,
  close_proposed jsonb,
  merged_into_id bigint,
  begun_again_at timestamp with time zone,
  constraint episode_pkey PRIMARY KEY (id),
  constraint episode_acknowledged_by_person_id_fkey FOREIGN KEY (acknowledged_by_person_id) REFERENCES person(id),
  constraint episode_assigned_to_person_id_fkey FOREIGN KEY (assigned_to_person_id) REFERENCES person(id),
  constraint episode_closed_by_person_id_fkey FOREIGN KEY (closed_by_person_id) REFERENCES person(id),
  constraint episode_merged_into_id_fkey FOREIGN KEY (merged_into_id) REFERENCES episode(id),
  constraint episode_offer_kept FOREIGN KEY (id, offer_number, offered_to_unit_id) REFERENCES handover(episode_id, number, to_unit_id) DEFERRABLE INITIALLY DEFERRED,
  constraint episode_owner_unit_id_fkey FOREIGN KEY (owner_unit_id) REFERENCES unit(id),
  constraint episode_pathway_id_pathway_version_fkey FOREIGN KEY (pathway_id, pathway_version) REFERENCES pathway(id, version),
  constraint episode_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint episode_check CHECK (((closed_at IS NULL) = (outcome IS NULL))),
  constraint episode_check2 CHECK (((acknowledged_at IS NULL) = (acknowledged_by_person_id IS NULL))),
  constraint episode_close_proposed CHECK (((close_proposed IS NULL) OR (closed_at IS NULL))),
  constraint episode_closed_by CHECK (((closed_at IS NULL) OR (closed_by_person_id IS NOT NULL) OR (merged_into_id IS NOT NULL) OR (severity = ANY (ARRAY['info'::text, 'yellow'::text])))),
  constraint episode_domains_check CHECK ((cardinality(domains) > 0)),
  constraint episode_merged CHECK ((((NOT (outcome IS DISTINCT FROM 'merged'::text)) = (merged_into_id IS NOT NULL)) AND (merged_into_id <> id))),
  constraint episode_offer CHECK (((offer_number IS NULL) = (offered_to_unit_id IS NULL))),
  constraint episode_offered_away CHECK (((offered_to_unit_id IS NULL) OR ((offered_to_unit_id <> owner_unit_id) AND (closed_at IS NULL)))),
  constraint episode_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'yellow'::text, 'red'::text, 'critical'::text])))
);
CREATE INDEX episode_closed ON public.episode USING btree (closed_at) WHERE (closed_at IS NOT NULL);
CREATE INDEX episode_closed_lately ON public.episode USING btree (patient_id, closed_at) WHERE (closed_at IS NOT NULL);
CREATE INDEX episode_merged_into ON public.episode USING btree (merged_into_id) WHERE (merged_into_id IS NOT NULL);
CREATE INDEX episode_open ON public.episode USING btree (owner_unit_id) WHERE (closed_at IS NULL);
CREATE INDEX episode_opened ON public.episode USING btree (opened_at);
CREATE INDEX episode_patient ON public.episode USING btree (patient_id, opened_at);

create table episode_domain (
  patient_id integer not null,
  domain text not null,
  episode_id bigint not null,
  constraint episode_domain_pkey PRIMARY KEY (patient_id, domain),
  constraint episode_domain_episode_id_fkey FOREIGN KEY (episode_id) REFERENCES episode(id),
  constraint episode_domain_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id)
);
CREATE INDEX episode_domain_episode ON public.episode_domain USING btree (episode_id);

create table episode_step (
  id bigint generated always as identity not null,
  episode_id bigint not null,
  at timestamp with time zone not null,
  kind text not null,
  by_person_id integer,
  reason_nb text not null,
  reason_en text not null,
  constraint episode_step_pkey PRIMARY KEY (id),
  constraint episode_step_by_person_id_fkey FOREIGN KEY (by_person_id) REFERENCES person(id),
  constraint episode_step_episode_id_fkey FOREIGN KEY (episode_id) REFERENCES episode(id)
);
CREATE INDEX episode_step_episode ON public.episode_step USING btree (episode_id, id);

create table finding (
  id bigint generated always as identity not null,
  patient_id integer not null,
  rule_id text not null,
  rule_version integer not null,
  domain text not null,
  result text not null,
  severity text not null,
  superseded boolean default false not null,
  anchor text not null,
  at timestamp with time zone not null,
  received_at timestamp with time zone not null,
  judged_at timestamp with time zone not null,
  reading_ids bigint[] not null,
  limits jsonb not null,
  reason_nb text not null,
  reason_en text not null,
  pending_until timestamp with time zone,
  episode_id bigint,
  cause text,
  constraint finding_pkey PRIMARY KEY (id),
  constraint finding_episode_id_fkey FOREIGN KEY (episode_id) REFERENCES episode(id),
  constraint finding_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint finding_cause_check CHECK ((cause = ANY (ARRAY['patient'::text, 'device'::text, 'gateway'::text, 'service'::text, 'unknown'::text])))
);
CREATE INDEX finding_episode ON public.finding USING btree (episode_id) WHERE (episode_id IS NOT NULL);
CREATE INDEX finding_patient ON public.finding USING btree (patient_id, at);
CREATE UNIQUE INDEX finding_once ON public.finding USING btree (patient_id, rule_id, anchor, result);

create table gateway (
  community_id integer not null,
  client_id text not null,
  online boolean not null,
  status jsonb not null,
  status_at timestamp with time zone not null,
  online_changed_at timestamp with time zone,
  connected boolean,
  connected_to text,
  connected_changed_at timestamp with time zone,
  clone_suspected_at timestamp with time zone,
  left_in_order boolean default false not null,
  constraint gateway_pkey PRIMARY KEY (community_id, client_id),
  constraint gateway_community_id_fkey FOREIGN KEY (community_id) REFERENCES community(id)
);
CREATE INDEX gateway_connected_to ON public.gateway USING btree (connected_to) WHERE connected;

create table gateway_clock (
  community_id integer not null,
  client_id text not null,
  since_at timestamp with time zone not null,
  since_offset_ms bigint not null,
  offset_ms bigint not null,
  window_from_at timestamp with time zone not null,
  window_least_ms bigint not null,
  learnt_at timestamp with time zone not null,
  constraint gateway_clock_pkey PRIMARY KEY (community_id, client_id),
  constraint gateway_clock_community_id_fkey FOREIGN KEY (community_id) REFERENCES community(id)
);

create table goal (
  id integer generated always as identity not null,
  patient_id integer not null,
  words text not null,
  set_by_person_id integer not null,
  set_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  ended_by_person_id integer,
  outcome text,
  note text,
  constraint goal_pkey PRIMARY KEY (id),
  constraint goal_ended_by_person_id_fkey FOREIGN KEY (ended_by_person_id) REFERENCES person(id),
  constraint goal_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint goal_set_by_person_id_fkey FOREIGN KEY (set_by_person_id) REFERENCES person(id),
  constraint goal_check CHECK ((num_nonnulls(ended_at, ended_by_person_id, outcome) = ANY (ARRAY[0, 3]))),
  constraint goal_check1 CHECK (((ended_at IS NULL) OR (ended_at >= set_at))),
  constraint goal_outcome_check CHECK ((outcome = ANY (ARRAY['reached'::text, 'changed'::text, 'given_up'::text]))),
  constraint goal_words_check CHECK ((words <> ''::text))
);
CREATE INDEX goal_of_patient ON public.goal USING btree (patient_id);

create table handover (
  episode_id bigint not null,
  number integer not null,
  patient_id integer not null,
  from_unit_id integer not null,
  to_unit_id integer not null,
  reason text not null,
  informed_unit_ids integer[] not null,
  offered_at timestamp with time zone not null,
  offered_by_person_id integer not null,
  deadline_at timestamp with time zone not null,
  fate text,
  ended_at timestamp with time zone,
  ended_by_person_id integer,
  answer text,
  constraint handover_pkey PRIMARY KEY (episode_id, number),
  constraint handover_episode_id_number_to_unit_id_key UNIQUE (episode_id, number, to_unit_id),
  constraint handover_ended_by_person_id_fkey FOREIGN KEY (ended_by_person_id) REFERENCES person(id),
  constraint handover_episode_id_fkey FOREIGN KEY (episode_id) REFERENCES episode(id),
  constraint handover_from_unit_id_fkey FOREIGN KEY (from_unit_id) REFERENCES unit(id),
  constraint handover_offered_by_person_id_fkey FOREIGN KEY (offered_by_person_id) REFERENCES person(id),
  constraint handover_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint handover_to_unit_id_fkey FOREIGN KEY (to_unit_id) REFERENCES unit(id),
  constraint handover_check CHECK ((to_unit_id <> from_unit_id)),
  constraint handover_check1 CHECK ((deadline_at > offered_at)),
  constraint handover_check2 CHECK (((fate IS NULL) = (ended_at IS NULL))),
  constraint handover_check3 CHECK (((fate IS DISTINCT FROM 'accepted'::text) OR ((ended_by_person_id IS NOT NULL) AND (ended_by_person_id <> offered_by_person_id) AND (ended_at < deadline_at)))),
  constraint handover_fate_check CHECK ((fate = ANY (ARRAY['accepted'::text, 'declined'::text, 'recalled'::text, 'ran_out'::text, 'closed'::text, 'moved'::text]))),
  constraint handover_number_check CHECK ((number > 0)),
  constraint handover_reason_check CHECK ((reason <> ''::text))
);
CREATE INDEX handover_from ON public.handover USING btree (from_unit_id, offered_at);
CREATE INDEX handover_seen ON public.handover USING btree (patient_id, to_unit_id) WHERE (fate IS NULL);
CREATE UNIQUE INDEX handover_waits ON public.handover USING btree (episode_id) WHERE (fate IS NULL);

create table heartbeat (
  part text not null,
  at timestamp with time zone not null,
  process text default ''::text not null,
  host text default ''::text not null,
  since timestamp with time zone default clock_timestamp() not null,
  late_since timestamp with time zone,
  left_at timestamp with time zone,
  late_what text,
  constraint heartbeat_pkey PRIMARY KEY (part, process)
) with (fillfactor=50);

create table home_advice (
  id bigint generated always as identity not null,
  patient_id integer not null,
  episode_id bigint,
  key text not null,
  kind text not null,
  text_nb text not null,
  text_en text not null,
  answers text[] not null,
  must_answer boolean not null,
  community_id integer not null,
  client_id text,
  device_name text,
  advised_at timestamp with time zone not null,
  of_use_until timestamp with time zone not null,
  attempts integer default 0 not null,
  next_try_at timestamp with time zone,
  sent_at timestamp with time zone,
  delivered_at timestamp with time zone,
  read_at timestamp with time zone,
  answered_at timestamp with time zone,
  answer text,
  withdrawn_at timestamp with time zone,
  constraint home_advice_pkey PRIMARY KEY (id),
  constraint home_advice_patient_id_key_key UNIQUE (patient_id, key),
  constraint home_advice_community_id_fkey FOREIGN KEY (community_id) REFERENCES community(id),
  constraint home_advice_episode_id_fkey FOREIGN KEY (episode_id) REFERENCES episode(id),
  constraint home_advice_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint home_advice_check CHECK ((of_use_until > advised_at)),
  constraint home_advice_check1 CHECK (((answered_at IS NULL) = (answer IS NULL))),
  constraint home_advice_kind_check CHECK ((kind = ANY (ARRAY['green'::text, 'yellow'::text, 'red'::text, 'critical'::text, 'did_it_help'::text, 'warning_signs'::text, 'whose_weight'::text])))
);
CREATE INDEX home_advice_episode ON public.home_advice USING btree (episode_id) WHERE (episode_id IS NOT NULL);
CREATE INDEX home_advice_open ON public.home_advice USING btree (patient_id) WHERE ((answered_at IS NULL) AND (withdrawn_at IS NULL));
CREATE INDEX home_advice_to_send ON public.home_advice USING btree (next_try_at) WHERE (next_try_at IS NOT NULL);

create table home_ask (
  id bigint generated always as identity not null,
  patient_id integer not null,
  key text not null,
  community_id integer not null,
  client_id text not null,
  device_name text not null,
  metrics text[] not null,
  rest_minutes smallint not null,
  times smallint not null,
  text_nb text not null,
  text_en text not null,
  asked_at timestamp with time zone not null,
  answer_by timestamp with time zone not null,
  attempts integer default 0 not null,
  next_try_at timestamp with time zone,
  sent_at timestamp with time zone,
  delivered_at timestamp with time zone,
  settled_at timestamp with time zone,
  constraint home_ask_pkey PRIMARY KEY (id),
  constraint home_ask_patient_id_key_key UNIQUE (patient_id, key),
  constraint home_ask_community_id_fkey FOREIGN KEY (community_id) REFERENCES community(id),
  constraint home_ask_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint home_ask_check CHECK ((answer_by > asked_at)),
  constraint home_ask_times_check CHECK ((times > 0))
);
CREATE INDEX home_ask_to_send ON public.home_ask USING btree (next_try_at) WHERE (next_try_at IS NOT NULL);

create table job (
  name text not null,
  last_run_at timestamp with time zone,
  constraint job_pkey PRIMARY KEY (name)
);

create table look_facts (
  hash bytea not null,
  json text not null,
  constraint look_facts_pkey PRIMARY KEY (hash)
);

create table measurement (
  id bigint generated always as identity not null,
  device_id integer not null,
  kind text not null,
  printed text not null,
  occurrence text not null,
  values_key text not null,
  patient_id integer not null,
  observed_at timestamp with time zone not null,
  time_quality text not null,
  time_rule_version smallint not null,
  device_time text,
  gateway_time timestamp with time zone,
  sent_at timestamp with time zone,
  received_at timestamp with time zone not null,
  from_memory boolean not null,
  quality text not null,
  conflict boolean default false not null,
  client_id text not null,
  detail jsonb,
  constraint measurement_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX measurement_once ON public.measurement USING btree (device_id, printed, kind, occurrence, values_key);

create table measuring_days (
  id integer generated always as identity not null,
  patient_id integer not null,
  weekdays smallint[],
  days_a_week smallint,
  reason text not null,
  set_by_person_id integer not null,
  set_at timestamp with time zone not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone,
  ended_by_person_id integer,
  version integer not null,
  constraint measuring_days_pkey PRIMARY KEY (id),
  constraint measuring_days_patient_id_version_key UNIQUE (patient_id, version),
  constraint measuring_days_ended_by_person_id_fkey FOREIGN KEY (ended_by_person_id) REFERENCES person(id),
  constraint measuring_days_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint measuring_days_set_by_person_id_fkey FOREIGN KEY (set_by_person_id) REFERENCES person(id),
  constraint measuring_days_check CHECK (((weekdays IS NULL) <> (days_a_week IS NULL))),
  constraint measuring_days_check1 CHECK (((valid_to IS NULL) OR (valid_to > valid_from))),
  constraint measuring_days_days_a_week_check CHECK (((days_a_week >= 1) AND (days_a_week <= 7))),
  constraint measuring_days_reason_check CHECK ((reason <> ''::text)),
  constraint measuring_days_weekdays_check CHECK (((cardinality(weekdays) > 0) AND (weekdays <@ ARRAY[(1)::smallint, (2)::smallint, (3)::smallint, (4)::smallint, (5)::smallint, (6)::smallint, (7)::smallint])))
);

create table migration (
  name text not null,
  applied_at timestamp with time zone not null,
  constraint migration_pkey PRIMARY KEY (name)
);

create table notice (
  id bigint generated always as identity not null,
  episode_id bigint,
  key text not null,
  channel text not null,
  cause text not null,
  severity text not null,
  unit_id integer not null,
  text_nb text not null,
  text_en text not null,
  queued_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  delivered_at timestamp with time zone,
  read_at timestamp with time zone,
  accepted_at timestamp with time zone,
  attempts integer default 0 not null,
  next_try_at timestamp with time zone,
  given_up_at timestamp with time zone,
  last_error text,
  contact_id integer,
  receipt_id text,
  has_failed boolean default false not null,
  constraint notice_pkey PRIMARY KEY (id),
  constraint notice_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES contact(id),
  constraint notice_episode_id_fkey FOREIGN KEY (episode_id) REFERENCES episode(id),
  constraint notice_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
  constraint notice_channel_check CHECK ((channel = ANY (ARRAY['worklist'::text, 'webhook'::text, 'email'::text, 'sms'::text]))),
  constraint notice_contact_check CHECK (((channel <> ALL (ARRAY['email'::text, 'sms'::text])) OR (contact_id IS NOT NULL)))
);
CREATE INDEX notice_episode ON public.notice USING btree (episode_id, queued_at) WHERE (episode_id IS NOT NULL);
CREATE INDEX notice_to_send ON public.notice USING btree (next_try_at) WHERE (next_try_at IS NOT NULL);
CREATE UNIQUE INDEX notice_once ON public.notice USING btree (COALESCE(episode_id, (0)::bigint), key, channel, COALESCE(contact_id, 0));
CREATE UNIQUE INDEX notice_receipt ON public.notice USING btree (receipt_id) WHERE (receipt_id IS NOT NULL);

create table organisation (
  id integer generated always as identity not null,
  community_id integer not null,
  name text not null,
  kind text default 'other'::text not null,
  constraint organisation_pkey PRIMARY KEY (id),
  constraint organisation_community_id_name_key UNIQUE (community_id, name),
  constraint organisation_community_id_fkey FOREIGN KEY (community_id) REFERENCES community(id),
  constraint organisation_kind_check CHECK ((kind = ANY (ARRAY['municipality'::text, 'gp_office'::text, 'hospital_trust'::text, 'other'::text])))
);

create table outage (
  id integer generated always as identity not null,
  part text not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  constraint outage_pkey PRIMARY KEY (id),
  constraint outage_check CHECK ((to_at > from_at))
);
CREATE INDEX outage_to ON public.outage USING btree (to_at);

create table pathway (
  id integer not null,
  version integer not null,
  community_id integer not null,
  name text not null,
  routes jsonb not null,
  in_force_from timestamp with time zone not null,
  cooperations jsonb default '[]'::jsonb not null,
  deadlines jsonb default '{"handoverMin": {"red": 30, "info": 2880, "yellow": 1440, "critical": 5}, "consultationMin": {"red": 60, "info": 4320, "yellow": 1440, "critical": 10}}'::jsonb not null,
  reason text default ''::text not null,
  saved_by_person_id integer,
  saved_at timestamp with time zone,
  constraint pathway_pkey PRIMARY KEY (id, version),
  constraint pathway_community_id_fkey FOREIGN KEY (community_id) REFERENCES community(id),
  constraint pathway_saved_by_person_id_fkey FOREIGN KEY (saved_by_person_id) REFERENCES person(id)
);
CREATE INDEX pathway_one_worklist ON public.pathway USING btree (id) WHERE (cooperations @? '$[*]?(@."step" >= 5)'::jsonpath);
CREATE TRIGGER pathway_stays BEFORE DELETE OR UPDATE OF id, version, routes, cooperations, deadlines ON public.pathway FOR EACH ROW EXECUTE FUNCTION pathway_stays();

create table patient (
  id integer generated always as identity not null,
  community_id integer not null,
  name text not null,
  birth_year smallint,
  zone text default 'Europe/Oslo'::text not null,
  pathway_id integer not null,
  monitored_from timestamp with time zone not null,
  monitored_to timestamp with time zone,
  plan_version integer default 1 not null,
  municipality_id integer,
  responsible_unit_id integer,
  constraint patient_pkey PRIMARY KEY (id),
  constraint patient_community_id_fkey FOREIGN KEY (community_id) REFERENCES community(id),
  constraint patient_municipality_id_fkey FOREIGN KEY (municipality_id) REFERENCES organisation(id),
  constraint patient_responsible_unit_id_fkey FOREIGN KEY (responsible_unit_id) REFERENCES unit(id)
);
CREATE CONSTRAINT TRIGGER directory_patient AFTER UPDATE OF zone ON public.patient DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION directory_changes();

create table patient_log (
  id bigint generated always as identity not null,
  patient_id integer not null,
  at timestamp with time zone not null,
  kind text not null,
  unlooked_from timestamp with time zone,
  measurement_ids bigint[] default '{}'::bigint[] not null,
  refused_ids bigint[] default '{}'::bigint[] not null,
  plan_hash bytea,
  team_hash bytea,
  pathway_id integer,
  pathway_version integer,
  also text,
  episode_id bigint,
  constraint patient_log_pkey PRIMARY KEY (id),
  constraint patient_log_kind_check CHECK ((kind = ANY (ARRAY['begins'::text, 'wearer_corrected'::text, 'look'::text, 'failed'::text, 'set_aside'::text, 'no_pathway'::text, 'postponed'::text, 'act'::text])))
);
CREATE INDEX patient_log_patient ON public.patient_log USING btree (patient_id, id);

create table patient_watch (
  patient_id integer not null,
  due_at timestamp with time zone,
  unlooked_from timestamp with time zone,
  looked_at timestamp with time zone,
  last_observed jsonb default '{}'::jsonb not null,
  summarised_to date,
  failures integer default 0 not null,
  last_failure text,
  constraint patient_watch_pkey PRIMARY KEY (patient_id),
  constraint patient_watch_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id)
) with (fillfactor=70);
CREATE INDEX patient_watch_due ON public.patient_watch USING btree (due_at) WHERE (due_at IS NOT NULL);

create table pause (
  id integer generated always as identity not null,
  patient_id integer not null,
  kind text not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  reason text not null,
  set_by_person_id integer not null,
  set_at timestamp with time zone not null,
  ended_by_person_id integer,
  ended_at timestamp with time zone,
  constraint pause_pkey PRIMARY KEY (id),
  constraint pause_ended_by_person_id_fkey FOREIGN KEY (ended_by_person_id) REFERENCES person(id),
  constraint pause_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint pause_set_by_person_id_fkey FOREIGN KEY (set_by_person_id) REFERENCES person(id),
  constraint pause_check CHECK ((to_at >= from_at)),
  constraint pause_kind_check CHECK ((kind = ANY (ARRAY['admission'::text, 'holiday'::text, 'other'::text]))),
  constraint pause_reason_check CHECK ((reason <> ''::text))
);
CREATE INDEX pause_patient ON public.pause USING btree (patient_id, to_at);
CREATE INDEX pause_to ON public.pause USING btree (to_at);

create table pause_told (
  pause_id integer not null,
  moment text not null,
  at timestamp with time zone not null,
  constraint pause_told_pkey PRIMARY KEY (pause_id, moment),
  constraint pause_told_pause_id_fkey FOREIGN KEY (pause_id) REFERENCES pause(id),
  constraint pause_told_moment_check CHECK ((moment = ANY (ARRAY['began'::text, 'ends_soon'::text, 'ended'::text])))
);

create table person (
  id integer generated always as identity not null,
  username text not null,
  name text not null,
  password_hash text not null,
  roles text[] not null,
  active boolean default true not null,
  created_at timestamp with time zone not null,
  organisation_id integer,
  constraint person_pkey PRIMARY KEY (id),
  constraint person_username_key UNIQUE (username),
  constraint person_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES organisation(id),
  constraint person_roles_check CHECK (((roles <@ ARRAY['nurse'::text, 'physician'::text, 'team_lead'::text, 'administrator'::text, 'operator'::text]) AND (cardinality(roles) > 0)))
);
CREATE TRIGGER person_of_units_changes AFTER UPDATE ON public.person FOR EACH ROW WHEN (((old.active <> new.active) OR (old.roles <> new.roles))) EXECUTE FUNCTION person_of_units_changes();

create table person_unit (
  person_id integer not null,
  unit_id integer not null,
  constraint person_unit_pkey PRIMARY KEY (person_id, unit_id),
  constraint person_unit_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  constraint person_unit_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id)
);
CREATE TRIGGER part_of_unit_delete AFTER DELETE ON public.person_unit REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();
CREATE TRIGGER part_of_unit_insert AFTER INSERT ON public.person_unit REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();
CREATE TRIGGER part_of_unit_update AFTER UPDATE ON public.person_unit REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();

create table personal_limit (
  id integer generated always as identity not null,
  patient_id integer not null,
  rule_id text not null,
  parameter text not null,
  value double precision not null,
  reason text not null,
  set_by_person_id integer not null,
  set_at timestamp with time zone not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone,
  version integer not null,
  approved_by_person_id integer,
  ended_by_person_id integer,
  nurse_min double precision,
  nurse_max double precision,
  preview_id bigint,
  end_preview_id bigint,
  constraint personal_limit_pkey PRIMARY KEY (id),
  constraint personal_limit_patient_id_rule_id_parameter_version_key UNIQUE (patient_id, rule_id, parameter, version),
  constraint personal_limit_approved_by_person_id_fkey FOREIGN KEY (approved_by_person_id) REFERENCES person(id),
  constraint personal_limit_end_preview_id_fkey FOREIGN KEY (end_preview_id) REFERENCES shown_preview(id),
  constraint personal_limit_ended_by_person_id_fkey FOREIGN KEY (ended_by_person_id) REFERENCES person(id),
  constraint personal_limit_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint personal_limit_preview_id_fkey FOREIGN KEY (preview_id) REFERENCES shown_preview(id),
  constraint personal_limit_set_by_person_id_fkey FOREIGN KEY (set_by_person_id) REFERENCES person(id),
  constraint personal_limit_check CHECK (((valid_to IS NULL) OR (valid_to > valid_from))),
  constraint personal_limit_check1 CHECK ((approved_by_person_id <> set_by_person_id)),
  constraint personal_limit_nurse_range CHECK ((((nurse_min IS NULL) = (nurse_max IS NULL)) AND (nurse_min <= nurse_max))),
  constraint personal_limit_reason_check CHECK ((reason <> ''::text))
);

create table plan_text (
  id integer generated always as identity not null,
  patient_id integer not null,
  key text not null,
  text_nb text not null,
  text_en text not null,
  reason text not null,
  set_by_person_id integer not null,
  set_at timestamp with time zone not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone,
  ended_by_person_id integer,
  version integer not null,
  constraint plan_text_pkey PRIMARY KEY (id),
  constraint plan_text_patient_id_key_version_key UNIQUE (patient_id, key, version),
  constraint plan_text_ended_by_person_id_fkey FOREIGN KEY (ended_by_person_id) REFERENCES person(id),
  constraint plan_text_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint plan_text_set_by_person_id_fkey FOREIGN KEY (set_by_person_id) REFERENCES person(id),
  constraint plan_text_check CHECK (((valid_to IS NULL) OR (valid_to > valid_from))),
  constraint plan_text_key_check CHECK ((key = ANY (ARRAY['green'::text, 'yellow'::text, 'red'::text, 'call_116117'::text, 'call_113'::text]))),
  constraint plan_text_reason_check CHECK ((reason <> ''::text)),
  constraint plan_text_text_en_check CHECK ((text_en <> ''::text)),
  constraint plan_text_text_nb_check CHECK ((text_nb <> ''::text))
);

create table preflight_due (
  id bigint generated always as identity not null,
  at timestamp with time zone not null,
  constraint preflight_due_pkey PRIMARY KEY (id)
);

create table preflight_hole (
  id bigint generated always as identity not null,
  lead_unit_id integer not null,
  unit_id integer,
  care_level text not null,
  problem text not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  steps jsonb not null,
  patient_ids integer[] not null,
  found_at timestamp with time zone not null,
  constraint preflight_hole_pkey PRIMARY KEY (id),
  constraint preflight_hole_lead_unit_id_fkey FOREIGN KEY (lead_unit_id) REFERENCES unit(id),
  constraint preflight_hole_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
  constraint preflight_hole_check CHECK ((to_at > from_at)),
  constraint preflight_hole_patient_ids_check CHECK ((cardinality(patient_ids) > 0)),
  constraint preflight_hole_problem_check CHECK ((problem = ANY (ARRAY['nobody_on_duty'::text, 'untested_contact'::text, 'closed_level'::text, 'empty_unit'::text, 'no_unit'::text])))
);
CREATE INDEX preflight_hole_lead ON public.preflight_hole USING btree (lead_unit_id);

create table preflight_walk (
  only_row boolean default true not null,
  read_at timestamp with time zone not null,
  constraint preflight_walk_pkey PRIMARY KEY (only_row),
  constraint preflight_walk_only_row_check CHECK (only_row)
);

create table proposal (
  id integer generated always as identity not null,
  kind text not null,
  patient_id integer,
  unit_id integer,
  rule_id text not null,
  parameter text,
  value double precision,
  enabled boolean,
  reason text not null,
  valid_from timestamp with time zone,
  valid_to timestamp with time zone,
  expected_version integer not null,
  proposed_by_person_id integer not null,
  proposed_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  state text default 'open'::text not null,
  decided_by_person_id integer,
  decided_at timestamp with time zone,
  decline_reason text,
  preview_id bigint,
  constraint proposal_pkey PRIMARY KEY (id),
  constraint proposal_decided_by_person_id_fkey FOREIGN KEY (decided_by_person_id) REFERENCES person(id),
  constraint proposal_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint proposal_preview_id_fkey FOREIGN KEY (preview_id) REFERENCES shown_preview(id),
  constraint proposal_proposed_by_person_id_fkey FOREIGN KEY (proposed_by_person_id) REFERENCES person(id),
  constraint proposal_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
  constraint proposal_check CHECK ((expires_at > proposed_at)),
  constraint proposal_check1 CHECK (((kind = 'personal_limit'::text) = (patient_id IS NOT NULL))),
  constraint proposal_check2 CHECK (((kind = 'personal_limit'::text) = (unit_id IS NULL))),
  constraint proposal_check3 CHECK ((((kind = 'rule_switch'::text) = (enabled IS NOT NULL)) AND ((kind = 'rule_switch'::text) = (value IS NULL)))),
  constraint proposal_check4 CHECK (((parameter IS NULL) = (value IS NULL))),
  constraint proposal_check5 CHECK (((state <> 'approved'::text) OR (decided_by_person_id <> proposed_by_person_id))),
  constraint proposal_check6 CHECK (((state <> ALL (ARRAY['approved'::text, 'declined'::text])) OR ((decided_by_person_id IS NOT NULL) AND (decided_at IS NOT NULL)))),
  constraint proposal_check7 CHECK (((state = 'declined'::text) = (decline_reason IS NOT NULL))),
  constraint proposal_kind_check CHECK ((kind = ANY (ARRAY['personal_limit'::text, 'unit_limit'::text, 'rule_switch'::text]))),
  constraint proposal_reason_check CHECK ((reason <> ''::text)),
  constraint proposal_state_check CHECK ((state = ANY (ARRAY['open'::text, 'approved'::text, 'declined'::text, 'expired'::text])))
);
CREATE INDEX proposal_patient ON public.proposal USING btree (patient_id);
CREATE UNIQUE INDEX proposal_open ON public.proposal USING btree (kind, COALESCE(patient_id, 0), COALESCE(unit_id, 0), rule_id, COALESCE(parameter, ''::text)) WHERE (state = 'open'::text);

create table reading (
  patient_id integer not null,
  metric text not null,
  observed_at timestamp with time zone not null,
  measurement_id bigint not null,
  value double precision not null,
  received_at timestamp with time zone not null,
  doubt text,
  constraint reading_pkey PRIMARY KEY (patient_id, metric, observed_at, measurement_id)
);
CREATE INDEX weight_by_value ON public.reading USING btree (patient_id, value) WHERE ((metric = 'weight'::text) AND (doubt IS NULL));
-- hypertable reading by observed_at every 7 days

create table reference_value (
  id integer generated always as identity not null,
  patient_id integer not null,
  key text not null,
  value double precision not null,
  reason text not null,
  set_by_person_id integer not null,
  set_at timestamp with time zone not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone,
  review_by timestamp with time zone,
  ended_by_person_id integer,
  version integer not null,
  preview_id bigint,
  end_preview_id bigint,
  constraint reference_value_pkey PRIMARY KEY (id),
  constraint reference_value_patient_id_key_version_key UNIQUE (patient_id, key, version),
  constraint reference_value_end_preview_id_fkey FOREIGN KEY (end_preview_id) REFERENCES shown_preview(id),
  constraint reference_value_ended_by_person_id_fkey FOREIGN KEY (ended_by_person_id) REFERENCES person(id),
  constraint reference_value_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint reference_value_preview_id_fkey FOREIGN KEY (preview_id) REFERENCES shown_preview(id),
  constraint reference_value_set_by_person_id_fkey FOREIGN KEY (set_by_person_id) REFERENCES person(id),
  constraint reference_value_check CHECK (((valid_to IS NULL) OR (valid_to > valid_from))),
  constraint reference_value_check1 CHECK (((review_by IS NULL) OR (review_by > valid_from))),
  constraint reference_value_reason_check CHECK ((reason <> ''::text))
);

create table refused (
  id bigint generated always as identity not null,
  received_at timestamp with time zone not null,
  last_received_at timestamp with time zone not null,
  times_received integer default 1 not null,
  community_id integer,
  client_id text,
  topic text not null,
  payload bytea not null,
  digest bytea not null,
  measurement_index integer not null,
  reason text not null,
  detail text not null,
  parked boolean not null,
  message_id text,
  device_id integer,
  patient_id integer,
  metric text,
  observed_at timestamp with time zone,
  state text default 'open'::text not null,
  settled_at timestamp with time zone,
  settled_note text,
  value double precision,
  otherwise double precision,
  tried_at timestamp with time zone,
  constraint refused_pkey PRIMARY KEY (id),
  constraint refused_community_id_fkey FOREIGN KEY (community_id) REFERENCES community(id),
  constraint refused_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id),
  constraint refused_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint refused_state_check CHECK ((state = ANY (ARRAY['open'::text, 'processed'::text, 'dismissed'::text])))
);
CREATE INDEX refused_open ON public.refused USING btree (received_at DESC) WHERE (state = 'open'::text);
CREATE INDEX refused_parked ON public.refused USING btree (id) WHERE ((state = 'open'::text) AND parked);
CREATE INDEX refused_patient ON public.refused USING btree (patient_id, received_at) WHERE (patient_id IS NOT NULL);
CREATE INDEX refused_unclaimed ON public.refused USING btree (topic, reason) WHERE (parked AND (state <> 'processed'::text));
CREATE UNIQUE INDEX refused_once ON public.refused USING btree (digest, topic, measurement_index, reason);

create table review_date (
  id integer generated always as identity not null,
  patient_id integer not null,
  review_on date not null,
  reason text not null,
  set_by_person_id integer not null,
  set_at timestamp with time zone not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone,
  ended_by_person_id integer,
  version integer not null,
  constraint review_date_pkey PRIMARY KEY (id),
  constraint review_date_patient_id_version_key UNIQUE (patient_id, version),
  constraint review_date_ended_by_person_id_fkey FOREIGN KEY (ended_by_person_id) REFERENCES person(id),
  constraint review_date_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint review_date_set_by_person_id_fkey FOREIGN KEY (set_by_person_id) REFERENCES person(id),
  constraint review_date_check CHECK (((valid_to IS NULL) OR (valid_to > valid_from))),
  constraint review_date_reason_check CHECK ((reason <> ''::text))
);

create table rule_switch (
  id integer generated always as identity not null,
  unit_id integer not null,
  rule_id text not null,
  enabled boolean not null,
  reason text not null,
  set_by_person_id integer not null,
  approved_by_person_id integer,
  set_at timestamp with time zone not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone,
  version integer not null,
  preview_id bigint,
  constraint rule_switch_pkey PRIMARY KEY (id),
  constraint rule_switch_unit_id_rule_id_version_key UNIQUE (unit_id, rule_id, version),
  constraint rule_switch_approved_by_person_id_fkey FOREIGN KEY (approved_by_person_id) REFERENCES person(id),
  constraint rule_switch_preview_id_fkey FOREIGN KEY (preview_id) REFERENCES shown_preview(id),
  constraint rule_switch_set_by_person_id_fkey FOREIGN KEY (set_by_person_id) REFERENCES person(id),
  constraint rule_switch_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
  constraint rule_switch_check CHECK ((approved_by_person_id <> set_by_person_id)),
  constraint rule_switch_check1 CHECK (((valid_to IS NULL) OR (valid_to > valid_from))),
  constraint rule_switch_reason_check CHECK ((reason <> ''::text))
);
CREATE TRIGGER part_of_unit_delete AFTER DELETE ON public.rule_switch REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();
CREATE TRIGGER part_of_unit_insert AFTER INSERT ON public.rule_switch REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();
CREATE TRIGGER part_of_unit_update AFTER UPDATE ON public.rule_switch REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();

create table scheduled_measurement (
  id integer generated always as identity not null,
  patient_id integer not null,
  metric text not null,
  at_local text not null,
  weekdays smallint[] not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone,
  only_in_episode boolean default false not null,
  constraint scheduled_measurement_pkey PRIMARY KEY (id),
  constraint scheduled_measurement_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint scheduled_measurement_at_local_check CHECK ((at_local ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'::text)),
  constraint scheduled_measurement_weekdays_check CHECK (((weekdays <@ ARRAY[(1)::smallint, (2)::smallint, (3)::smallint, (4)::smallint, (5)::smallint, (6)::smallint, (7)::smallint]) AND (cardinality(weekdays) > 0)))
);
CREATE INDEX scheduled_measurement_patient ON public.scheduled_measurement USING btree (patient_id);

create table self_test (
  id integer generated always as identity not null,
  host text not null,
  started_at timestamp with time zone not null,
  arrived_at timestamp with time zone,
  stopped_at text,
  constraint self_test_pkey PRIMARY KEY (id)
);
CREATE INDEX self_test_host ON public.self_test USING btree (host, id);

create table session (
  token_hash bytea not null,
  person_id integer not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint session_pkey PRIMARY KEY (token_hash),
  constraint session_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id)
);

create table shown_preview (
  id bigint generated always as identity not null,
  patient_id integer,
  unit_id integer,
  person_id integer,
  change jsonb not null,
  plan_version integer,
  shown_at timestamp with time zone not null,
  effect jsonb not null,
  used_at timestamp with time zone,
  constraint shown_preview_pkey PRIMARY KEY (id),
  constraint shown_preview_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint shown_preview_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  constraint shown_preview_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
  constraint shown_preview_check CHECK (((patient_id IS NULL) <> (unit_id IS NULL))),
  constraint shown_preview_check1 CHECK (((patient_id IS NULL) = (plan_version IS NULL)))
);
CREATE INDEX shown_preview_unused ON public.shown_preview USING btree (shown_at) WHERE (used_at IS NULL);

create table sign_in_failure (
  id bigint generated always as identity not null,
  username text not null,
  address text not null,
  at timestamp with time zone not null,
  constraint sign_in_failure_pkey PRIMARY KEY (id)
);
CREATE INDEX sign_in_failure_address ON public.sign_in_failure USING btree (address, at);
CREATE INDEX sign_in_failure_username ON public.sign_in_failure USING btree (username, at);

create table snooze (
  id integer generated always as identity not null,
  patient_id integer not null,
  rule_id text not null,
  severity text not null,
  from_at timestamp with time zone not null,
  until timestamp with time zone not null,
  reason text not null,
  by_person_id integer not null,
  undone_at timestamp with time zone,
  end_told_at timestamp with time zone,
  constraint snooze_pkey PRIMARY KEY (id),
  constraint snooze_by_person_id_fkey FOREIGN KEY (by_person_id) REFERENCES person(id),
  constraint snooze_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint snooze_check CHECK ((until > from_at)),
  constraint snooze_reason_check CHECK ((reason <> ''::text))
);
CREATE INDEX snooze_patient ON public.snooze USING btree (patient_id, until);
CREATE INDEX snooze_to_tell ON public.snooze USING btree (until) WHERE ((undone_at IS NULL) AND (end_told_at IS NULL));

create table task (
  id bigint generated always as identity not null,
  patient_id integer,
  unit_id integer not null,
  for_role text not null,
  key text not null,
  kind text not null,
  rule_id text,
  reason_nb text not null,
  reason_en text not null,
  due_at timestamp with time zone,
  raised_at timestamp with time zone not null,
  by_look boolean not null,
  state text default 'open'::text not null,
  closed_at timestamp with time zone,
  closed_by_person_id integer,
  outcome text,
  constraint task_pkey PRIMARY KEY (id),
  constraint task_closed_by_person_id_fkey FOREIGN KEY (closed_by_person_id) REFERENCES person(id),
  constraint task_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint task_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
  constraint task_check CHECK (((state = 'open'::text) = (closed_at IS NULL))),
  constraint task_check1 CHECK (((state <> ALL (ARRAY['done'::text, 'dismissed'::text])) OR ((closed_by_person_id IS NOT NULL) AND (outcome IS NOT NULL)))),
  constraint task_for_role_check CHECK ((for_role = ANY (ARRAY['physician'::text, 'nurse'::text, 'team_lead'::text, 'programme_lead'::text]))),
  constraint task_state_check CHECK ((state = ANY (ARRAY['open'::text, 'done'::text, 'dismissed'::text, 'settled'::text])))
);
CREATE INDEX task_patient ON public.task USING btree (patient_id, closed_at);
CREATE INDEX task_pause_over ON public.task USING btree (due_at) WHERE ((kind = 'pause'::text) AND (state = 'open'::text));
CREATE INDEX task_unit ON public.task USING btree (unit_id) WHERE (state = 'open'::text);
CREATE UNIQUE INDEX task_open_patient ON public.task USING btree (patient_id, key) WHERE ((state = 'open'::text) AND (patient_id IS NOT NULL));
CREATE UNIQUE INDEX task_open_unit ON public.task USING btree (unit_id, key) WHERE ((state = 'open'::text) AND (patient_id IS NULL));

create table team_unit (
  patient_id integer not null,
  unit_id integer not null,
  guest_since timestamp with time zone,
  constraint team_unit_pkey PRIMARY KEY (patient_id, unit_id),
  constraint team_unit_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint team_unit_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id)
);
CREATE INDEX team_unit_unit ON public.team_unit USING btree (unit_id);

create table treatment_limits (
  id integer generated always as identity not null,
  patient_id integer not null,
  from_severity text not null,
  unit_id integer not null,
  decision text not null,
  contact text not null,
  reason text not null,
  set_by_person_id integer not null,
  set_at timestamp with time zone not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone,
  review_by timestamp with time zone not null,
  ended_by_person_id integer,
  version integer not null,
  constraint treatment_limits_pkey PRIMARY KEY (id),
  constraint treatment_limits_patient_id_version_key UNIQUE (patient_id, version),
  constraint treatment_limits_ended_by_person_id_fkey FOREIGN KEY (ended_by_person_id) REFERENCES person(id),
  constraint treatment_limits_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint treatment_limits_set_by_person_id_fkey FOREIGN KEY (set_by_person_id) REFERENCES person(id),
  constraint treatment_limits_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
  constraint treatment_limits_check CHECK (((valid_to IS NULL) OR (valid_to > valid_from))),
  constraint treatment_limits_check1 CHECK ((review_by > valid_from)),
  constraint treatment_limits_contact_check CHECK ((contact <> ''::text)),
  constraint treatment_limits_decision_check CHECK ((decision <> ''::text)),
  constraint treatment_limits_from_severity_check CHECK ((from_severity = ANY (ARRAY['red'::text, 'critical'::text]))),
  constraint treatment_limits_reason_check CHECK ((reason <> ''::text))
);

create table unit (
  id integer generated always as identity not null,
  organisation_id integer not null,
  name text not null,
  care_level text not null,
  zone text not null,
  opening_hours jsonb not null,
  webhook_url text,
  webhook_secret text,
  on_holidays text default 'as_usual'::text not null,
  special_days jsonb default '[]'::jsonb not null,
  services text[] default '{}'::text[] not null,
  roster_kept boolean default false not null,
  look_version bigint default nextval('unit_look_version'::regclass) not null,
  constraint unit_pkey PRIMARY KEY (id),
  constraint unit_organisation_id_name_key UNIQUE (organisation_id, name),
  constraint unit_home_owns FOREIGN KEY (id, organisation_id) REFERENCES unit_organisation(unit_id, organisation_id) DEFERRABLE INITIALLY DEFERRED,
  constraint unit_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES organisation(id),
  constraint unit_care_level_check CHECK ((care_level = ANY (ARRAY['dho'::text, 'home_nursing'::text, 'gp'::text, 'psht'::text, 'legevakt'::text, 'hospital_outpatient'::text, 'amk'::text]))),
  constraint unit_on_holidays_check CHECK ((on_holidays = ANY (ARRAY['as_usual'::text, 'closed'::text, 'as_sunday'::text])))
);
CREATE TRIGGER unit_changes BEFORE UPDATE ON public.unit FOR EACH ROW EXECUTE FUNCTION unit_changes();

create table unit_limit (
  id integer generated always as identity not null,
  unit_id integer not null,
  rule_id text not null,
  parameter text not null,
  value double precision not null,
  reason text not null,
  set_by_person_id integer not null,
  approved_by_person_id integer,
  set_at timestamp with time zone not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone,
  version integer not null,
  preview_id bigint,
  end_preview_id bigint,
  constraint unit_limit_pkey PRIMARY KEY (id),
  constraint unit_limit_unit_id_rule_id_parameter_version_key UNIQUE (unit_id, rule_id, parameter, version),
  constraint unit_limit_approved_by_person_id_fkey FOREIGN KEY (approved_by_person_id) REFERENCES person(id),
  constraint unit_limit_end_preview_id_fkey FOREIGN KEY (end_preview_id) REFERENCES shown_preview(id),
  constraint unit_limit_preview_id_fkey FOREIGN KEY (preview_id) REFERENCES shown_preview(id),
  constraint unit_limit_set_by_person_id_fkey FOREIGN KEY (set_by_person_id) REFERENCES person(id),
  constraint unit_limit_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
  constraint unit_limit_check CHECK ((approved_by_person_id <> set_by_person_id)),
  constraint unit_limit_check1 CHECK (((valid_to IS NULL) OR (valid_to > valid_from))),
  constraint unit_limit_reason_check CHECK ((reason <> ''::text))
);
CREATE TRIGGER part_of_unit_delete AFTER DELETE ON public.unit_limit REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();
CREATE TRIGGER part_of_unit_insert AFTER INSERT ON public.unit_limit REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();
CREATE TRIGGER part_of_unit_update AFTER UPDATE ON public.unit_limit REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();

create table unit_organisation (
  unit_id integer not null,
  organisation_id integer not null,
  constraint unit_organisation_pkey PRIMARY KEY (unit_id, organisation_id),
  constraint unit_organisation_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES organisation(id),
  constraint unit_organisation_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id)
);
CREATE INDEX unit_organisation_organisation ON public.unit_organisation USING btree (organisation_id);
CREATE TRIGGER part_of_unit_delete AFTER DELETE ON public.unit_organisation REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();
CREATE TRIGGER part_of_unit_insert AFTER INSERT ON public.unit_organisation REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();
CREATE TRIGGER part_of_unit_update AFTER UPDATE ON public.unit_organisation REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_unit_changes();

create table unit_service (
  id integer generated always as identity not null,
  unit_id integer not null,
  organisation_id integer not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone,
  entered_by_person_id integer,
  entered_at timestamp with time zone not null,
  constraint unit_service_pkey PRIMARY KEY (id),
  constraint unit_service_entered_by_person_id_fkey FOREIGN KEY (entered_by_person_id) REFERENCES person(id),
  constraint unit_service_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES organisation(id),
  constraint unit_service_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
  constraint unit_service_check CHECK (((to_at IS NULL) OR (to_at > from_at)))
);
CREATE INDEX unit_service_unit ON public.unit_service USING btree (unit_id, organisation_id);

create table wearer (
  id integer generated always as identity not null,
  device_id integer not null,
  user_slot smallint,
  patient_id integer not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone,
  constraint wearer_pkey PRIMARY KEY (id),
  constraint wearer_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id),
  constraint wearer_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patient(id),
  constraint wearer_check CHECK (((to_at IS NULL) OR (to_at > from_at)))
);
CREATE INDEX wearer_device ON public.wearer USING btree (device_id, from_at);
CREATE INDEX wearer_patient ON public.wearer USING btree (patient_id);
CREATE UNIQUE INDEX wearer_running ON public.wearer USING btree (device_id, COALESCE((user_slot)::integer, '-1'::integer)) WHERE (to_at IS NULL);
CREATE CONSTRAINT TRIGGER directory_wearer AFTER INSERT OR DELETE OR UPDATE ON public.wearer DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION directory_changes();

create table worklist_change (
  id bigint not null,
  at timestamp with time zone not null,
  patient_id integer not null,
  episode_id bigint,
  unit_id integer,
  kind text not null,
  constraint worklist_change_pkey PRIMARY KEY (id)
);
CREATE INDEX worklist_change_at ON public.worklist_change USING btree (at);
