create table incident (
    codename  text primary key,
    title     text not null,
    state     text not null,
    playbook  text not null,
    owner     text not null,
    counsel   text not null,
    opened_at text not null,
    opened_by text not null,
    outcome   text not null
);

create table fact (
    id       integer primary key,
    incident text not null references incident (codename),
    key      text not null,
    value    text not null,              -- JSON
    standing text not null check (standing in ('confirmed', 'suspected', 'unknown')),
    said_by  text not null,
    at       text not null,
    source   text not null
);
create index fact_of_incident on fact (incident, id);

create table run (
    incident text not null references incident (codename),
    n        integer not null,
    at       text not null,
    by       text not null,
    body     text not null,              -- JSON of desk.parts.Run
    primary key (incident, n)
);

create table step (
    id       integer primary key,
    incident text not null references incident (codename),
    body     text not null               -- JSON of domain.playbook.StepRecord
);
create index step_of_incident on step (incident, id);

create table assessment (
    incident text not null references incident (codename),
    n        integer not null,
    at       text not null,
    body     text not null,              -- JSON answer of `duties list`
    primary key (incident, n)
);

create table notice (
    id        text primary key,
    incident  text not null references incident (codename),
    duty      text not null,
    rule      text not null,
    place     text not null,
    regime    text not null,
    recipient text not null,
    authority text not null,
    language  text not null,
    opened_at text not null
);
create index notice_of_incident on notice (incident, id);

create table draft (
    notice  text not null references notice (id),
    version integer not null,
    body    text not null,               -- JSON of domain.notices.Draft
    primary key (notice, version)
);

create table decision (
    id      integer primary key,
    notice  text not null,
    version integer not null,
    body    text not null,               -- JSON of domain.notices.Decision
    foreign key (notice, version) references draft (notice, version)
);

create table comment (
    id          integer primary key,
    notice      text not null,
    version     integer not null,
    by          text not null,
    at          text not null,
    text        text not null,
    resolved_by text not null default '',
    foreign key (notice, version) references draft (notice, version)
);

-- The only table that holds people: who a version of a notice goes to, and what became of their message.
create table addressee (
    notice      text not null,
    version     integer not null,
    number      integer not null,
    subject_id  text not null,
    address     text not null,
    fields      text not null,           -- JSON: merge fields
    message_id  text not null,
    unaddressed text not null,
    state       text not null,
    code        integer not null default 0,
    reply       text not null default '',
    attempts    integer not null default 0,
    at          text not null default '',
    primary key (notice, version, number),
    foreign key (notice, version) references draft (notice, version)
) without rowid;
create index addressee_by_state on addressee (notice, version, state, number);

create table send (
    notice   text not null,
    version  integer not null,
    begun_at text not null,
    begun_by text not null,
    primary key (notice, version),
    foreign key (notice, version) references draft (notice, version)
);

create table filing (
    id     integer primary key,
    notice text not null references notice (id),
    body   text not null                 -- JSON of desk.parts.Filing
);

create table journal (
    n        integer primary key,
    at       text not null,
    by       text not null,
    act      text not null,
    incident text not null,
    what     text not null,              -- JSON
    previous text not null,
    digest   text not null unique
);
create index journal_of_incident on journal (incident, n);
