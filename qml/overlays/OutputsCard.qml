pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// The outputs with what can be set of each, and the question whether what was just set is good.
Card {
    id: card

    property bool answered: false
    readonly property real margin: width < Tokens.size.prompt ? Tokens.space.lg : Tokens.space.xl
    readonly property bool asking: OutputSettings.asking

    // Whoever cannot read the question shall not say yes to it; whoever has answered is likely to be done.
    function takeKeys(): void {
        if (asking)
            back.forceActiveFocus(Qt.TabFocusReason);
        else if (answered)
            header.leave.forceActiveFocus(Qt.TabFocusReason);
        else
            header.leave.nextItemInFocusChain(true)?.forceActiveFocus(Qt.TabFocusReason);
    }

    // Through all that can be chosen.
    function step(forward: bool): void {
        const next = Window.activeFocusItem?.nextItemInFocusChain(forward);
        next?.forceActiveFocus(forward ? Qt.TabFocusReason : Qt.BacktabFocusReason);
    }

    objectName: "outputsCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: asking ? question.text : header.text
    Accessible.description: asking ? advice.text : ""
    implicitHeight: column.implicitHeight + 2 * margin
    implicitWidth: Tokens.size.prompt

    Component.onCompleted: takeKeys()
    Keys.onDownPressed: step(true)
    Keys.onLeftPressed: step(LayoutMirroring.enabled)
    Keys.onRightPressed: step(!LayoutMirroring.enabled)
    Keys.onUpPressed: step(false)
    Keys.onEscapePressed: {
        if (asking)
            OutputSettings.goBack();
        else
            OutputSettings.close();
    }
    onAskingChanged: {
        if (!asking)
            answered = true;
        Qt.callLater(takeKeys);
    }

    ColumnLayout {
        id: column

        anchors.fill: parent
        anchors.margins: card.margin
        spacing: Tokens.space.sm

        CardHeader {
            id: header

            Layout.fillWidth: true
            leaveName: "leaveOutputs"
            text: qsTr("Screens")
            visible: !card.asking

            onLeaving: OutputSettings.close()
        }

        Scrolled {
            id: list

            Accessible.role: Accessible.Pane
            Accessible.name: qsTr("Screens")
            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.minimumHeight: 0
            Layout.preferredHeight: contentHeight
            spacing: Tokens.space.lg
            visible: !card.asking

            Repeater {
                model: OutputSettings.rows

                delegate: OutputEntry {
                    width: list.rowWidth

                    // Without a height it is not laid out yet, and stands at its beginning. As much of the whole as fits.
                    onReached: item => {
                        if (list.height > 0) {
                            list.show(this);
                            list.show(item);
                        }
                    }
                }
            }
        }

        Label {
            id: question

            Layout.fillWidth: true
            kind: "title"
            text: qsTr("Keep these settings?")
            visible: card.asking
            wrapMode: Text.Wrap
        }

        Label {
            id: advice

            Layout.fillWidth: true
            muted: true
            text: qsTr("Without an answer the screen is as before in %1 s.").arg(OutputSettings.left)
            visible: card.asking
            wrapMode: Text.Wrap
        }

        RowLayout {
            Layout.topMargin: Tokens.space.xs
            spacing: Tokens.space.sm
            visible: card.asking

            Button {
                id: back

                objectName: "outputsBack"
                Layout.fillWidth: true
                Layout.preferredWidth: Tokens.size.prompt / 2
                text: qsTr("As before")

                onClicked: OutputSettings.goBack()
            }

            Button {
                objectName: "outputsKeep"
                Layout.fillWidth: true
                Layout.preferredWidth: Tokens.size.prompt / 2
                highlighted: true
                text: qsTr("Keep")

                onClicked: OutputSettings.keep()
            }
        }
    }
}
