PRAGMA user_version = 1 ;
BEGIN TRANSACTION;
CREATE TABLE changes (
    run TEXT NOT NULL REFERENCES runs (id), appointment INTEGER NOT NULL, address INTEGER NOT NULL,
    aim TEXT NOT NULL, confirmation TEXT, feedback TEXT,
    found TEXT NOT NULL, confirmation_before TEXT, feedback_before TEXT, start TEXT,
    verdict TEXT, verified INTEGER, error_code INTEGER,
    PRIMARY KEY (run, appointment, address)
) STRICT, WITHOUT ROWID;
INSERT INTO "changes" VALUES('20261124-112647-27e4',1,11,'setzen','bestätigt',NULL,'LINKED','gesendet','aktiv','2026-12-02T08:00:00+00:00','updated',1,NULL);
INSERT INTO "changes" VALUES('20261124-112647-27e4',2,12,'setzen','gecancelt','aktiv','LINKED','bestätigt','inaktiv','2026-12-02T08:00:00+00:00','updated',1,NULL);
INSERT INTO "changes" VALUES('20261124-112648-5a66',3,13,'setzen','bestätigt','inaktiv','LINKED','gesendet','aktiv','2026-12-02T08:00:00+00:00',NULL,NULL,NULL);
CREATE TABLE files (
    run TEXT NOT NULL REFERENCES runs (id), claimed TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL,
    fate TEXT, reason TEXT, PRIMARY KEY (run, claimed)
) STRICT;
INSERT INTO "files" VALUES('20261124-112647-27e4','/office/state/claimed/20261124-112647-27e4/000001/Termine.csv','Termine.csv','f10cba2497c4c2369afc6fb481e9bf9bad79978e2420cd4f614eae0d36b66f6a','archive','');
INSERT INTO "files" VALUES('20261124-112648-5a66','/office/state/claimed/20261124-112648-5a66/000001/zwei.csv','zwei.csv','28e11262bacb9f0d055d5f98ec4a72f016f81cc607c4dbb492ddd2243ee49f43',NULL,NULL);
CREATE TABLE requests (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id), kind TEXT NOT NULL, left_at TEXT NOT NULL,
    actions TEXT NOT NULL, answered_at TEXT, outcome TEXT, results TEXT
) STRICT;
INSERT INTO "requests" VALUES(1,'20261124-112647-27e4','read','2026-11-24T11:26:48+00:00','[["20261124-112647-27e4-1","get","appointmentList","1",{"data":["id","date","contacts","showFollowUpStatus","recurrence","reminder"],"showFollowUpStatus":true}],["20261124-112647-27e4-2","get","appointmentList","2",{"data":["id","date","contacts","showFollowUpStatus","recurrence","reminder"],"showFollowUpStatus":true}],["20261124-112647-27e4-3","get","appointmentList","3",{"data":["id","date","contacts","showFollowUpStatus","recurrence","reminder"],"showFollowUpStatus":true}],["20261124-112647-27e4-4","get","appointmentList","4",{"data":["id","date","contacts","showFollowUpStatus","recurrence","reminder"],"showFollowUpStatus":true}]]','2026-11-24T11:26:48+00:00','answered','[["ACCEPTED",0],["ACCEPTED",0],["ACCEPTED",0],["REFUSED",169]]');
INSERT INTO "requests" VALUES(2,'20261124-112647-27e4','write','2026-11-24T11:26:48+00:00','[["20261124-112647-27e4-5","modify","relation","",{"parentid":[1],"childid":[11],"relationinfo":{"statusTerminbestaetigung":"bestätigt"},"relationtype":"urn:onoffice-de-ns:smart:2.5:relationTypes:calendar:address"}],["20261124-112647-27e4-6","modify","relation","",{"parentid":[2],"childid":[12],"relationinfo":{"statusTerminbestaetigung":"gecancelt","statusTerminrueckmeldung":"aktiv"},"relationtype":"urn:onoffice-de-ns:smart:2.5:relationTypes:calendar:address"}]]','2026-11-24T11:26:48+00:00','answered','[["ACCEPTED",0],["ACCEPTED",0]]');
INSERT INTO "requests" VALUES(3,'20261124-112647-27e4','read','2026-11-24T11:26:48+00:00','[["20261124-112647-27e4-7","get","appointmentList","1",{"data":["id","date","contacts","showFollowUpStatus","recurrence","reminder"],"showFollowUpStatus":true}],["20261124-112647-27e4-8","get","appointmentList","2",{"data":["id","date","contacts","showFollowUpStatus","recurrence","reminder"],"showFollowUpStatus":true}]]','2026-11-24T11:26:48+00:00','answered','[["ACCEPTED",0],["ACCEPTED",0]]');
INSERT INTO "requests" VALUES(4,'20261124-112648-5a66','read','2026-11-24T11:26:48+00:00','[["20261124-112648-5a66-1","get","appointmentList","3",{"data":["id","date","contacts","showFollowUpStatus","recurrence","reminder"],"showFollowUpStatus":true}]]','2026-11-24T11:26:48+00:00','answered','[["ACCEPTED",0]]');
INSERT INTO "requests" VALUES(5,'20261124-112648-5a66','write','2026-11-24T11:26:48+00:00','[["20261124-112648-5a66-2","modify","relation","",{"parentid":[3],"childid":[13],"relationinfo":{"statusTerminbestaetigung":"bestätigt","statusTerminrueckmeldung":"inaktiv"},"relationtype":"urn:onoffice-de-ns:smart:2.5:relationTypes:calendar:address"}]]','2026-11-24T11:26:48+00:00','answered','[["ACCEPTED",0]]');
INSERT INTO "requests" VALUES(6,'20261124-112648-5a66','read','2026-11-24T11:26:48+00:00','[["20261124-112648-5a66-3","get","appointmentList","3",{"data":["id","date","contacts","showFollowUpStatus","recurrence","reminder"],"showFollowUpStatus":true}]]','2026-11-24T11:26:48+00:00','answered','[["ACCEPTED",0]]');
CREATE TABLE runs (
    id TEXT PRIMARY KEY, office TEXT NOT NULL, started TEXT NOT NULL, finished TEXT, exit_code INTEGER, stopped TEXT,
    requests INTEGER, actions INTEGER, rounds INTEGER, carried_on_by TEXT REFERENCES runs (id)
) STRICT;
INSERT INTO "runs" VALUES('20261124-112647-27e4','onOffice','2026-11-24T11:26:47+00:00','2026-11-24T11:26:48+00:00',3,NULL,3,2,1,NULL);
INSERT INTO "runs" VALUES('20261124-112648-5a66','onOffice','2026-11-24T11:26:48+00:00',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE sent (
    request INTEGER NOT NULL REFERENCES requests (id), appointment INTEGER NOT NULL, address INTEGER NOT NULL,
    PRIMARY KEY (request, appointment, address)
) STRICT, WITHOUT ROWID;
INSERT INTO "sent" VALUES(2,1,11);
INSERT INTO "sent" VALUES(2,2,12);
INSERT INTO "sent" VALUES(5,3,13);
CREATE INDEX files_by_content ON files (sha256);
COMMIT;
