-- A scope is rewritten with every move of its run; with room on its page the new version needs no entry in any index.
alter table scopes set (fillfactor = 60);
