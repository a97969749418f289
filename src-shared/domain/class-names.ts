/** Equal for names that are one name: Unicode composition does not count, case does. */
export const nameKey = (name: string): string => name.trim().normalize('NFC');

/** Equal for names that a person would take for one: case does not count either. */
export const foldedName = (name: string): string => nameKey(name).toLowerCase();
