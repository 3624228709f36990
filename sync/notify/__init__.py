"""The job speaks up: messages to staff about their files and to the installer about runs, and the heartbeat.

Rooms::

    notifier    listens to a run and sees to everything below; `speaking` is the one door
    messages    which messages a run is worth, and what they say; they wait on the disk until they are delivered
    delivery    delivers one message through apprise; what is wrong although no run failed; the heartbeat
"""

from sync.notify.notifier import Notifier, Tried, deliver_waiting, speaking, trial

__all__ = ["Notifier", "Tried", "deliver_waiting", "speaking", "trial"]
