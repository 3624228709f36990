"""The job speaks up: messages to staff about their files and to the installer about runs, and the heartbeat.

Rooms::

    notifier    listens to a run and sees to everything below; `speaking` is the one door
    compose     which messages a run is worth, and what they say (`words`)
    message     a message
    outbox      messages wait here, on the disk, until they are delivered
    delivery    delivers one message through apprise
    trial       tries whether messages arrive
    memory      what was so at the end of the last run
"""

from sync.notify.notifier import Notifier, deliver_waiting, speaking
from sync.notify.trial import Tried, trial

__all__ = ["Notifier", "Tried", "deliver_waiting", "speaking", "trial"]
