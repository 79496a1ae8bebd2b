import dotenv from 'dotenv';
dotenv.config();

import { getAccessToken } from './auth.js';
import { resolveForeignKeys } from './cleanup.js';
import { archiveInteractionHistory } from './archive.js';
import { revokeActiveSessions } from './sessions.js';
import { executeScimDelete } from './scim.js';
import { notifyDownstreamSystems } from './webhook.js';
import { generateAuditLog } from './audit.js';

const WEBHOOK_URL = process.env.DEPROVISION_WEBHOOK_URL || 'https://internal.example.com/api/deprovision';

export async function deprovisionUser(userId) {
  const steps = {
    foreignKeys: false,
    archiveCount: 0,
    sessionsRevoked: false,
    scimDelete: false
  };

  try {
    const token = await getAccessToken();

    console.log('Step 1: Resolving foreign key conflicts...');
    await resolveForeignKeys(userId, token);
    steps.foreignKeys = true;

    console.log('Step 2: Archiving interaction history...');
    const archive = await archiveInteractionHistory(userId, token);
    steps.archiveCount = archive.length;

    console.log('Step 3: Revoking active sessions...');
    await revokeActiveSessions(userId, token);
    steps.sessionsRevoked = true;

    console.log('Step 4: Executing SCIM 2.0 DELETE...');
    const deleted = await executeScimDelete(userId, token);
    steps.scimDelete = deleted;

    const auditLog = generateAuditLog(userId, steps);
    console.log('Step 5: Notifying downstream systems...');
    await notifyDownstreamSystems(WEBHOOK_URL, auditLog);

    console.log('Step 6: Final audit log generated.');
    console.log(JSON.stringify(auditLog, null, 2));
    return auditLog;
  } catch (error) {
    console.error('Deprovisioning failed:', error.message);
    const failureLog = generateAuditLog(userId, steps);
    failureLog.status = 'FAILED';
    failureLog.error = error.message;
    await notifyDownstreamSystems(WEBHOOK_URL, failureLog).catch(() => {});
    throw error;
  }
}

// Execution entry point
if (import.meta.url === `file://${process.argv[1]}`) {
  const targetUserId = process.argv[2];
  if (!targetUserId) {
    console.error('Usage: node deprovision.js <userId>');
    process.exit(1);
  }
  deprovisionUser(targetUserId);
}
