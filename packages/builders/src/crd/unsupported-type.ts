/** Types that JavaScript or TypeBox has and an API object has not, each with what to use instead. */

const FIXES: Readonly<Record<string, string>> = {
  bigint: 'use Type.Integer(), or Type.String() with a pattern for larger numbers',
  Date: "use Type.String({ format: 'date-time' })",
  date: "use Type.String({ format: 'date-time' })",
  function: 'an API object holds data only; remove the property',
  constructor: 'an API object holds data only; remove the property',
  symbol: 'use Type.String() or a union of literals',
  undefined: 'use Type.Optional() around the type of the property',
  void: 'remove the property',
  null: 'use Type.Union([T, Type.Null()]) to make a type nullable',
  Never: 'remove the property; unknown fields are pruned',
  Dependent: 'use a union of objects with a literal tag, or cel()',
};

/** Why a type cannot be in a schema, and the way out. */
export function typeFix(type: string): string {
  return `${type} is not a type of API objects: ${FIXES[type] ?? 'use object, array, string, integer, number or boolean'}`;
}
