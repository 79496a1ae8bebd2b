/**
 * Generates a structured audit log entry.
 * @param {string} userId - The Genesys Cloud user identifier.
 * @param {Object} steps - Execution results for each step.
 * @returns {Object} - Complete audit log record.
 */
export function generateAuditLog(userId, steps) {
  return {
    event: 'USER_DEPROVISIONING_SCIM',
    timestamp: new Date().toISOString(),
    userId,
    actions: steps,
    status: steps.scimDelete ? 'COMPLETED' : 'FAILED',
    compliance: {
      softDeleteEnabled: true,
      historyArchived: steps.archiveCount > 0,
      sessionsRevoked: true,
      foreignKeysResolved: true
    }
  };
}
