/** Problems of access: who asks, and what may be done with keys, tokens and accounts. */
export const ACCESS_PROBLEMS = {
  'clock-skew': {
    status: 401,
    title: 'The time of the signature is too far from the time here',
    repair: 'sign again with the time in the header x-voip-ready-time, or set the clock',
  },
  'wrong-host': {
    status: 421,
    title: 'This collector is not known by the name that it was asked by',
    repair:
      'ask by its address, or name it with --url or --host-name where it is started; who signs in or brings a token may ask by any name',
  },
  'token-unknown': {
    status: 401,
    title: 'This token is not known here',
    repair:
      'compare what stands between vr_ and the next _ with the ids of voip-ready collector tokens list; make another with voip-ready collector tokens add',
  },
  'token-expired': {
    status: 401,
    title: 'This token has expired',
    repair: 'make another with voip-ready collector tokens add (--expires says for how long)',
  },
  'token-revoked': {
    status: 401,
    title: 'This token was taken back',
    repair:
      'ask who runs the collector why (voip-ready collector audit tells who did it), or for another',
  },
  csrf: {
    status: 403,
    title: 'The CSRF token of the session is missing or wrong',
    repair: 'send the csrf value of GET /api/v1/session in the header x-csrf-token',
  },
  'login-failed': {
    status: 401,
    title: 'Name or password is wrong',
    repair: 'try again; an administrator can set a new one with collector users passwd',
  },
  'login-blocked': {
    status: 429,
    title: 'Too many attempts to sign in',
    repair: 'wait for Retry-After seconds',
  },
  'enrol-unknown': {
    status: 403,
    title: 'There is no such enrolment token',
    repair: 'copy the whole line that voip-ready collector enrol create printed',
  },
  'enrol-used': {
    status: 403,
    title: 'This enrolment token has been used',
    repair:
      'make another with voip-ready collector enrol create; if nobody of yours used it, revoke',
  },
  'enrol-expired': {
    status: 403,
    title: 'This enrolment token has expired',
    repair: 'make another with voip-ready collector enrol create',
  },
  'enrol-mismatch': {
    status: 403,
    title: 'This enrolment token is for another site or agent',
    repair: 'make one for this site and agent with voip-ready collector enrol create',
  },
  'enrol-proof': {
    status: 403,
    title: 'The signature does not prove that the agent holds this key',
    repair: 'use voip-ready agent enrol of the same version as the collector',
  },
  'key-taken': {
    status: 409,
    title: 'This key belongs to an enrolment already',
    repair: 'make a new key: use a new state directory',
  },
  'unknown-agent': {
    status: 404,
    title: 'No agent of this name is enrolled at this site',
    repair: 'see /api/v1/agents for those that are',
  },
  'unknown-token': {
    status: 404,
    title: 'There is no token of this id in the store',
    repair: 'see voip-ready collector tokens list; tokens of a token file are revoked there',
  },
  'unknown-user': {
    status: 404,
    title: 'There is no user of this name',
    repair: 'see voip-ready collector users list',
  },
  'name-taken': {
    status: 409,
    title: 'There is a user of this name already',
    repair: 'choose another name, or set a new password',
  },
} as const
