/** What a report can be had as. In a file of its own: who only names one need not load what draws it. */
export const FORMATS = ['html', 'pdf', 'json'] as const
export type Format = (typeof FORMATS)[number]
