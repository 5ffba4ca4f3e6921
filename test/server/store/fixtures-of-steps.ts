import { START } from '../support/fixtures.ts'

/**
 * What stood in a database when a step of the schema was the newest: rows written by SQL into the tables
 * that the step made or changed, as a program of that time would have. A step has a fixture of its own;
 * a new step without one fails test/server/store/upgrade.test.ts. `?` stands for octets.
 */
export interface StepFixture {
  readonly what: string
  /** Nothing may be added later: a released program wrote only these columns. */
  readonly rows: readonly (readonly [sql: string, ...octets: Uint8Array[]])[]
}

export const BOOT = '00000000-0000-4000-8000-000000000001'
export const SHA = 'a'.repeat(64)
export const TO = START + 60_000
export const OCTETS = (n: number) => Uint8Array.from({ length: n }, (_, at) => at % 256)
export const PAYLOAD = Buffer.from('{"fixture":true}')
const record = (sequence: number) =>
  `insert into record values ('leeds', 'leeds-1', '${BOOT}', ${sequence}, ${TO + 1000}, ${START}, ` +
  `${TO}, '${SHA}', '${sequence}${'b'.repeat(63)}', ?, '{"payload":""}', 12)`

export const STEP_FIXTURES: readonly StepFixture[] = [
  {
    what: 'records and profiles',
    rows: [
      [`insert into profile values ('${SHA}', 'test', '1.0.0', '{}', ${START})`],
      [record(1), deflated()],
      [record(2), deflated()],
      [`insert into agent_state values ('leeds', 'leeds-1', '${BOOT}', 2, ${TO}, ${TO + 1000})`],
      [`insert into agent_boot values ('leeds', 'leeds-1', '${BOOT}', 2, 3)`],
    ],
  },
  {
    what: 'rounds',
    rows: [[`insert into record_round values ('leeds', 'leeds-1', '${BOOT}', 2, ${TO})`]],
  },
  {
    what: 'access',
    rows: [
      [`insert into site values ('leeds', 'acme', '{"region":"north"}', ${START}, 1)`],
      [
        `insert into agent_key values ('leeds', 'leeds-1', 'k1', ?, 'active', ${START}, ` +
          `${START + 1e9}, null, 1)`,
        OCTETS(32),
      ],
      [`insert into user_account values ('ann', 'scrypt', 'admin', null, 0, ${START}, null)`],
      [
        `insert into api_token values ('t1', '${SHA}', 'noc', 'viewer', 'acme', null, null, ` +
          `${START}, null, null, null, 1)`,
      ],
      [`insert into audit values ('a1', ${START}, 'user:ann', 'site.put', 'leeds', '{}')`],
      ['update access_revision set n = 1'],
    ],
  },
  {
    what: 'plans and runs',
    rows: [
      [`insert into plan values ('leeds', 1, '${SHA}', '{"site":{}}', ${START}, 'user:ann')`],
      [
        "insert into run values ('leeds', 'r1', '{}', 'done', 'user:ann', 'leeds-1', " +
          `${START}, ${START}, ${START}, ${TO}, 0, '', '{}', '{}')`,
      ],
      ["insert into run_event values ('leeds', 'r1', 1, '{}')"],
    ],
  },
  {
    what: 'the log',
    rows: [
      [
        `insert into ledger_log values ('0', 0, 'voip-ready-log/old/0', ` +
          `'${SHA}', 1, ?, ${START})`,
        OCTETS(32),
      ],
      ["insert into ledger_tile values ('0', 0, 0, ?)", OCTETS(32)],
      [`insert into ledger_record values ('leeds', 'leeds-1', '${BOOT}', 1, '0', 0)`],
      [
        `insert into ledger_pending values ('leeds', 'leeds-1/${BOOT}/2', ${TO}, 1, 'record', '', ?, null, 0)`,
        OCTETS(32),
      ],
      [`insert into ledger_checkpoint values ('0', 1, 'note', ${TO})`],
      [`insert into ledger_cosignature values ('0', 1, 'w+1', 'line', ${TO})`],
    ],
  },
  {
    what: 'history',
    rows: [
      [
        `insert into history_period values ('leeds', ${START}, 'READY', 'none', '${SHA}', 15, 0, '${SHA}', '')`,
      ],
      [
        `insert into history_verdict values ('leeds', 'overall', 'none', 'none', '', ${START}, ` +
          `${START + 900_000}, 'READY', 'judged')`,
      ],
      [
        `insert into history_pin values ('leeds', 'p1', ${START}, ${TO}, 'claim', 'user:ann', ${TO}, null)`,
      ],
      [`insert into collector_uptime values ('c', ${START}, ${TO})`],
    ],
  },
  {
    what: 'when a round came',
    rows: [[`update agent_state set round_ms = ${TO} where site = 'leeds'`]],
  },
  {
    what: 'raw rows',
    rows: [
      [
        `insert into raw_rows values ('leeds', '${SHA}', 'leeds-1', ${START}, ${TO}, ${TO}, ?)`,
        OCTETS(32),
      ],
    ],
  },
  {
    what: 'places of records by their log',
    rows: [[`insert into ledger_record values ('york', 'york-1', '${BOOT}', 1, '0', 0)`]],
  },
  {
    what: 'what agents no longer have',
    rows: [
      [
        `insert into raw_rows_absent values ('leeds', 'leeds-1', 0, 'overwritten', '', ${START}, ${TO}, ${TO})`,
      ],
    ],
  },
  {
    what: 'records that carry runs',
    rows: [[`insert into record_round values ('leeds', 'leeds-1', '${BOOT}', 1, ${TO}, 'run')`]],
  },
]

function deflated(): Uint8Array {
  // One stored block: what any inflater reads, without leaning on the one of this program.
  const head = Buffer.from([1, PAYLOAD.length & 255, PAYLOAD.length >> 8])
  const inverse = Buffer.from([~PAYLOAD.length & 255, (~PAYLOAD.length >> 8) & 255])
  return Buffer.concat([head, inverse, PAYLOAD])
}
