import QtQuick
import Berth

// The lines of a menu on a raised surface; the keyboard goes through those that can be chosen.
FocusScope {
    id: card

    default property alias content: lines.data

    signal done

    function entries(): var {
        const found = [];
        for (const child of lines.children)
            if (child.visible && child.enabled && (child as MenuEntry))
                found.push(child);
        return found;
    }

    function focusFirst(): void {
        entries()[0]?.forceActiveFocus(Qt.TabFocusReason);
    }

    function go(step: int): void {
        const list = entries();
        const at = list.findIndex(entry => entry.activeFocus);
        list[(at + step + list.length) % list.length]?.forceActiveFocus(Qt.TabFocusReason);
    }

    function goToLetter(letter: string): void {
        const list = entries();
        const at = list.findIndex(entry => entry.activeFocus);
        const order = list.slice(at + 1).concat(list.slice(0, at + 1));
        order.find(entry => entry.text.toLowerCase().startsWith(letter.toLowerCase()))?.forceActiveFocus(Qt.TabFocusReason);
    }

    Accessible.role: Accessible.PopupMenu
    implicitHeight: lines.implicitHeight + 2 * Tokens.space.xs
    implicitWidth: Math.max(lines.implicitWidth + 2 * Tokens.space.xs, Tokens.size.menu)

    Keys.onDownPressed: go(1)
    Keys.onUpPressed: go(-1)
    Keys.onTabPressed: go(1)
    Keys.onBacktabPressed: go(-1)
    Keys.onPressed: event => {
        if (event.key === Qt.Key_Home)
            focusFirst();
        else if (event.key === Qt.Key_End)
            entries().pop()?.forceActiveFocus(Qt.TabFocusReason);
        else if (event.text !== "" && event.text.charCodeAt(0) > 0x20)
            goToLetter(event.text);
        else
            return;
        event.accepted = true;
    }

    Card {
        anchors.fill: parent
        element: "menu"

        Column {
            id: lines

            anchors.fill: parent
            anchors.margins: Tokens.space.xs
        }
    }
}
