"""The job speaks up: messages to staff about their files and to the installer about runs, and the heartbeat.

Rooms::

    speaker     listens to a run and sees to everything below; `speaking` is the one door
    compose     which messages a run is worth, and what they say (`words`)
    message     a message
    outbox      messages wait here, on the disk, until they are delivered
    post        delivers one message through apprise
    memory      what was so at the end of the last run
"""

from sync.notify.speaker import Speaker, deliver, speaking

__all__ = ["Speaker", "deliver", "speaking"]
